"""The runbook's commands that ask an account about this service, to the letter, by section."""

from typing import Final

PREAMBLE: Final = """
export ENV=dev AWS_REGION=af-south-1 AWS_DEFAULT_REGION=af-south-1
# Version 1 has no `logs tail`; Debian's version 2 does not know AWS_ENDPOINT_URL.
AWS_CLI=$(type -aP aws | while read -r one; do
  if [[ $("$one" --version 2>&1) == aws-cli/2* ]]; then echo "$one"; break; fi
done)
aws() { "${AWS_CLI:?there is no AWS CLI of version 2}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
"""

COMMANDS: Final = {
    "2: access": "aws sts get-caller-identity",
    "2: table": "aws dynamodb describe-table --table-name sites --region af-south-1",
    "5: functions": """
for func in sites-service templates-service plugins-service async-processor; do
  aws lambda get-function --function-name ${ENV}-bbws-${func} --region $AWS_REGION
  echo "Lambda ${ENV}-bbws-${func}: OK"
done
""",
    "5: queues": """
aws sqs get-queue-url --queue-name bbws-wp-site-creation-${ENV} --region $AWS_REGION
aws sqs get-queue-url --queue-name bbws-wp-site-update-${ENV} --region $AWS_REGION
aws sqs get-queue-url --queue-name bbws-wp-site-deletion-${ENV} --region $AWS_REGION
echo "SQS Queues: OK"
""",
    "5: logs": """
aws logs tail /aws/lambda/${ENV}-bbws-sites-service --since 10m --region $AWS_REGION
aws logs filter-log-events \\
  --log-group-name /aws/lambda/${ENV}-bbws-sites-service \\
  --filter-pattern "ERROR" \\
  --start-time $(date -d '1 hour ago' +%s)000 \\
  --region $AWS_REGION
""",
    "8: functions": """
for func in sites-service templates-service plugins-service async-processor; do
  STATE=$(aws lambda get-function \\
    --function-name ${ENV}-bbws-${func} \\
    --region $AWS_REGION \\
    --query 'Configuration.State' \\
    --output text)
  echo "${ENV}-bbws-${func}: $STATE"
done
""",
    "8: queues": """
for queue in creation update deletion; do
  APPROX_MESSAGES=$(aws sqs get-queue-attributes \\
    --queue-url $(aws sqs get-queue-url --queue-name bbws-wp-site-${queue}-${ENV} --region $AWS_REGION --query 'QueueUrl' --output text) \\
    --attribute-names ApproximateNumberOfMessages \\
    --region $AWS_REGION \\
    --query 'Attributes.ApproximateNumberOfMessages' \\
    --output text)
  echo "bbws-wp-site-${queue}-${ENV}: ${APPROX_MESSAGES} messages"
done
""",
    "8: DLQ": """
DLQ_MESSAGES=$(aws sqs get-queue-attributes \\
  --queue-url $(aws sqs get-queue-url --queue-name bbws-wp-site-operations-dlq-${ENV} --region $AWS_REGION --query 'QueueUrl' --output text) \\
  --attribute-names ApproximateNumberOfMessages \\
  --region $AWS_REGION \\
  --query 'Attributes.ApproximateNumberOfMessages' \\
  --output text)
echo "DLQ Messages: ${DLQ_MESSAGES}"
""",
    "9: rollback": """
aws lambda update-alias \\
  --function-name ${ENV}-bbws-sites-service \\
  --name live \\
  --function-version 1 \\
  --region $AWS_REGION
""",
    "10: lock": """
aws dynamodb get-item \\
  --table-name terraform-state-lock-${ENV} \\
  --key '{"LockID": {"S": "bbws-terraform-state-'${ENV}'/site-management-lambda/'${ENV}'/terraform.tfstate"}}' \\
  --region $AWS_REGION
""",
    "B: function": (
        "aws lambda get-function --function-name ${ENV}-bbws-sites-service --region af-south-1"
        " --query 'Configuration.State'"
    ),
    "B: queue depth": (
        "aws sqs get-queue-attributes --queue-url $(aws sqs get-queue-url --queue-name"
        " bbws-wp-site-creation-${ENV} --query 'QueueUrl' --output text) --attribute-names All"
    ),
    "B: alarms": (
        "aws cloudwatch describe-alarms --alarm-name-prefix bbws-wp --state-value ALARM"
        " --region af-south-1"
    ),
    "B: API": (
        "aws apigatewayv2 get-apis --query"
        " \"Items[?Name=='bbws-wp-site-management-${ENV}'].ApiEndpoint\" --output text"
        " --region af-south-1"
    ),
}
"""Left out: those that wait for Ctrl-C, and `lambda invoke`, for nothing here runs functions."""

ANSWERS: Final = {
    "5: queues": ["SQS Queues: OK"],
    "8: functions": [
        f"dev-bbws-{service}: Active"
        for service in ("sites-service", "templates-service", "plugins-service", "async-processor")
    ],
    "8: queues": [
        f"bbws-wp-site-{kind}-dev: 0 messages" for kind in ("creation", "update", "deletion")
    ],
    "8: DLQ": ["DLQ Messages: 0"],
    "B: function": ['"Active"'],
    "B: queue depth": ['"VisibilityTimeout": "900"'],
    "B: API": ["https://"],
}
"""What each of these must print, among others."""

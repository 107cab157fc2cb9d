# shellcheck shell=bash
# The smoke test's checks of what AWS holds. Sourced by scripts/smoke_test.sh, which sets these:
: "${environment=}" "${region=}" "${aws=}"

# A pyenv shim named aws may exist for a version that is not active: the first that runs is taken.
working_aws() {
    local candidate
    while IFS= read -r candidate; do
        if "$candidate" --version >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done < <(type -aP aws || true)
    return 1
}

# CLI version 1 ignores AWS_ENDPOINT_URL for SQS, hence the option. An error is answered as its last line.
aws_says() {
    local output
    if output=$("$aws" "$@" --region "$region" --output text \
        ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} 2>&1); then
        printf '%s\n' "$output"
    else
        printf '%s\n' "$output" | sed '/^[[:space:]]*$/d' | tail -n 1
    fi
}

check_aws() {
    local name queue url group=/aws/lambda/$environment-bbws-sites-service
    for name in sites-service templates-service plugins-service async-processor; do
        name=$environment-bbws-$name
        report "function $name" Active \
            "$(aws_says lambda get-function --function-name "$name" --query Configuration.State)" || true
    done
    for queue in site-creation site-update site-deletion site-operations-dlq; do
        queue=bbws-wp-$queue-$environment
        url=$(aws_says sqs get-queue-url --queue-name "$queue" --query QueueUrl)
        # The URL's last part is the queue's name; an error's is not.
        report "queue $queue" "$queue" "${url##*/}" || true
    done
    report "table sites" ACTIVE \
        "$(aws_says dynamodb describe-table --table-name sites --query Table.TableStatus)" || true
    report "log group $group" "$group" "$(aws_says logs describe-log-groups \
        --log-group-name-prefix "$group" --query "logGroups[?logGroupName=='$group'].logGroupName")" || true
}

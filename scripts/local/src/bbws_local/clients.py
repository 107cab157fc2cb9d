"""boto3 clients of the emulator."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from bbws_local.specification import REGION

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

ACCESS_KEY = "AKIALOCALSTACKPERSON"
SECRET_KEY = "local"

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=60,
    retries={"max_attempts": 2, "mode": "standard"},
    max_pool_connections=20,
)


class AwsClients:
    """Clients for one emulator, each made at its first use; threads may share them once made."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
        )
        self._made: dict[str, Any] = {}

    def _client(self, service: Any) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(
                service, endpoint_url=self.endpoint_url, config=_CONFIG
            )
        return self._made[service]

    @property
    def apigatewayv2(self) -> "ApiGatewayV2Client":
        client: ApiGatewayV2Client = self._client("apigatewayv2")
        return client

    @property
    def cloudwatch(self) -> "CloudWatchClient":
        client: CloudWatchClient = self._client("cloudwatch")
        return client

    @property
    def cognito(self) -> "CognitoIdentityProviderClient":
        client: CognitoIdentityProviderClient = self._client("cognito-idp")
        return client

    @property
    def dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._client("dynamodb")
        return client

    # These two make a network and nothing else; their types would be the largest of all.

    @property
    def ec2(self) -> Any:
        return self._client("ec2")

    @property
    def elbv2(self) -> Any:
        return self._client("elbv2")

    @property
    def events(self) -> "EventBridgeClient":
        client: EventBridgeClient = self._client("events")
        return client

    @property
    def iam(self) -> "IAMClient":
        client: IAMClient = self._client("iam")
        return client

    @property
    def lambda_(self) -> "LambdaClient":
        client: LambdaClient = self._client("lambda")
        return client

    @property
    def logs(self) -> "CloudWatchLogsClient":
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @property
    def s3(self) -> "S3Client":
        client: S3Client = self._client("s3")
        return client

    @property
    def secretsmanager(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self._client("secretsmanager")
        return client

    @property
    def sns(self) -> "SNSClient":
        client: SNSClient = self._client("sns")
        return client

    @property
    def sqs(self) -> "SQSClient":
        client: SQSClient = self._client("sqs")
        return client

    @property
    def ssm(self) -> Any:
        return self._client("ssm")

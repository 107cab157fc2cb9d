"""What is built: the four functions, and the AWS APIs each of them calls."""

from dataclasses import dataclass
from typing import Final

from bbws_packaging.errors import PackagingError

# `aws_xray_sdk.core` creates an X-Ray client when it is imported (its sampling connector).
_APIS_OF_EVERY_FUNCTION: Final = frozenset({"dynamodb", "xray"})


@dataclass(frozen=True, slots=True)
class LambdaService:
    """One Lambda function's source.

    Attributes:
        name: The service's folder in the repository and its name in `{env}-bbws-{name}`.
        package: The Python package under the folder's `src`.
        aws_apis: botocore's names of the AWS APIs the function calls. The package holds only their
            definitions; a client of any other API fails with botocore's UnknownServiceError.
    """

    name: str
    package: str
    aws_apis: frozenset[str]


def _service(name: str, package: str, *aws_apis: str) -> LambdaService:
    return LambdaService(name, package, _APIS_OF_EVERY_FUNCTION | frozenset(aws_apis))


SERVICES: Final = (
    _service("sites-service", "sites", "secretsmanager", "sqs"),
    _service("templates-service", "templates", "secretsmanager", "sqs"),
    _service("plugins-service", "plugins", "secretsmanager", "sns"),
    _service("async-processor", "processor", "s3", "secretsmanager", "sns", "sqs"),
)


def service_named(name: str) -> LambdaService:
    """The service with this folder name.

    Raises:
        PackagingError: There is none; the message lists those there are.
    """
    for service in SERVICES:
        if service.name == name:
            return service
    raise PackagingError(
        f"There is no service {name!r}. Services: {', '.join(s.name for s in SERVICES)}."
    )

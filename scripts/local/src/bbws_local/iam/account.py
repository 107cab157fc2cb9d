"""What moto knows of the emulated account's functions, roles, secrets and topics.

Read in moto's own process; the emulator's lock is the caller's business.
"""

from typing import Any

from bbws_local.iam.credentials import access_key_id
from bbws_local.iam.policies import Permissions, statements_of
from bbws_local.specification import ACCOUNT_ID, REGION


class EmulatedAccount:
    """Looks things up in moto, none of which has to exist."""

    def __init__(self) -> None:
        self._functions: dict[str, str] = {}

    def function_of(self, access_key: str) -> str:
        """The function whose credentials have this access key; empty for anybody else's."""
        if access_key.startswith("ASIA") and access_key not in self._functions:
            self._functions = {
                access_key_id(one.function_name): one.function_name for one in _lambdas()
            }
        return self._functions.get(access_key, "")

    def role_name(self, function: str) -> str:
        """The name of a function's role."""
        arn = next(one.role for one in _lambdas() if one.function_name == function)
        return str(arn).rpartition("/")[2]

    def permissions(self, function: str) -> Permissions:
        """What the role of a function may do."""
        from moto.iam.models import iam_backends

        iam = iam_backends[ACCOUNT_ID]["aws"]
        role = iam.get_role(self.role_name(function))
        documents = [
            *role.policies.values(),
            *(_document(p) for p in role.managed_policies.values()),
        ]
        boundary = role.permissions_boundary_arn
        return Permissions(
            tuple(one for document in documents for one in statements_of(document)),
            statements_of(_document(iam.get_policy(boundary))) if boundary else None,
        )

    def secret_arn(self, secret_id: str) -> str:
        """The full ARN of a secret; the ARN it would have without its suffix when there is none."""
        from moto.secretsmanager.models import secretsmanager_backends

        secret = secretsmanager_backends[ACCOUNT_ID][REGION].secrets.get(secret_id)
        if secret is not None:
            return str(secret.arn)
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{secret_id}"

    def topic_key_arn(self, topic_arn: str) -> str:
        """The ARN of the key that encrypts a topic; empty when none does."""
        from moto.kms.models import kms_backends
        from moto.sns.models import sns_backends

        topic = sns_backends[ACCOUNT_ID][REGION].topics.get(topic_arn)
        if topic is None or not topic.kms_master_key_id:
            return ""
        return str(kms_backends[ACCOUNT_ID][REGION].describe_key(topic.kms_master_key_id).arn)


def _lambdas() -> list[Any]:
    from moto.awslambda.models import lambda_backends

    return list(lambda_backends[ACCOUNT_ID][REGION].list_functions())


def _document(policy: Any) -> str:
    """The document of a managed policy's default version."""
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])

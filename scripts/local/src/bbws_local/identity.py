"""The user pool of the local stack: a user of every role in two tenants, staff, and their tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bbws_local.specification import REGION, STAFF, STAFF_ROLE, TENANT_ROLES, TENANTS

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_PASSWORD: Final = "Local-Stack-2026!"
_DOMAIN: Final = "bbws.example"


@dataclass(frozen=True)
class UserPool:
    """A user pool and the app client whose tokens the API accepts."""

    pool_id: str
    client_id: str

    @property
    def issuer(self) -> str:
        """The issuer of its tokens (Cognito docs, "Verifying JSON web tokens")."""
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}"


@dataclass(frozen=True)
class User:
    """A person; `owner` is a tenant, or `staff`."""

    owner: str
    role: str

    @property
    def name(self) -> str:
        """The name to sign in with."""
        return f"{self.role.lower().replace('_', '-')}@{self.owner}.{_DOMAIN}"

    @property
    def tenant_ids(self) -> str:
        """The attribute `custom:tenantIds`."""
        return "" if self.owner == STAFF else self.owner


def users() -> Iterator[User]:
    """Everybody in the user pool."""
    for tenant in TENANTS:
        for role in TENANT_ROLES:
            yield User(tenant, role)
    yield User(STAFF, STAFF_ROLE)


def create_user_pool(client: "CognitoIdentityProviderClient", name: str) -> UserPool:
    """Create the pool with its groups and users."""
    attribute = {"Name": "tenantIds", "AttributeDataType": "String", "Mutable": True}
    pool = client.create_user_pool(
        PoolName=name,
        Schema=[attribute],  # type: ignore[list-item]
        UsernameAttributes=["email"],
    )["UserPool"]["Id"]
    app = client.create_user_pool_client(
        UserPoolId=pool,
        ClientName="portal",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    for role in (*TENANT_ROLES, STAFF_ROLE):
        client.create_group(UserPoolId=pool, GroupName=role)
    for user in users():
        _create_user(client, pool, user)
    return UserPool(pool, app)


def sign_in(client: "CognitoIdentityProviderClient", pool: UserPool, user: User) -> str:
    """The ID token of a user, good for an hour."""
    answer = client.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.name, "PASSWORD": _PASSWORD},
    )
    token: str = answer["AuthenticationResult"]["IdToken"]
    return token


def tokens(client: "CognitoIdentityProviderClient", pool: UserPool) -> dict[str, dict[str, str]]:
    """The ID tokens of all users: by tenant (or `staff`), then by role."""
    found: dict[str, dict[str, str]] = {}
    for user in users():
        found.setdefault(user.owner, {})[user.role] = sign_in(client, pool, user)
    return found


def _create_user(client: "CognitoIdentityProviderClient", pool: str, user: User) -> None:
    attributes = {"email": user.name, "email_verified": "true", "custom:tenantIds": user.tenant_ids}
    client.admin_create_user(
        UserPoolId=pool,
        Username=user.name,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    client.admin_set_user_password(
        UserPoolId=pool, Username=user.name, Password=_PASSWORD, Permanent=True
    )
    client.admin_add_user_to_group(UserPoolId=pool, Username=user.name, GroupName=user.role)

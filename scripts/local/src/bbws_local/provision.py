"""Makes the emulated account, by whichever of the two ways is wanted."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from bbws_local.account import create_account, create_secrets, keep_notifications
from bbws_local.clients import AwsClients
from bbws_local.identity import UserPool, create_user_pool
from bbws_local.specification import AccountSpecification, StackOptions
from bbws_local.terraform.account import apply_terraform
from bbws_local.terraform.surroundings import create_surroundings
from bbws_local.wordpress import Tenant

DOCUMENT: Final = Path("openapi", "site-management.yaml")


def provision(
    options: StackOptions,
    clients: AwsClients,
    specification: AccountSpecification,
    packages: Mapping[str, Path],
    tenants: Iterable[Tenant],
    say: Callable[[str], None],
) -> UserPool:
    """Make the account; gives the user pool whose tokens the API accepts.

    Raises:
        TerraformMissing, TerraformFailed: Terraform was to make it and cannot.
    """
    if options.provision == "quick":
        return create_account(clients, specification, packages, options.root / DOCUMENT, tenants)
    create_surroundings(clients, options.environment)
    create_secrets(clients, tenants)
    pool = create_user_pool(clients.cognito, specification.user_pool_name)
    wordpress = specification.functions[0].environment["WORDPRESS_BASE_URL"]
    apply_terraform(options, clients.endpoint_url, wordpress, packages, say)
    keep_notifications(clients, specification)
    return pool

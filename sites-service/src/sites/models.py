"""What callers send, and what they are shown."""

import re
import zoneinfo
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from bbws_shared.http import RequestModel
from bbws_shared.operations import Operation, OperationStatus
from bbws_shared.sites import Environment, Site, SiteStatus

RESERVED_SUBDOMAINS: Final = frozenset(
    [
        "www",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "autodiscover",
        "billing",
        "blog",
        "cdn",
        "cpanel",
        "dashboard",
        "dev",
        "docs",
        "email",
        "ftp",
        "help",
        "imap",
        "internal",
        "login",
        "mail",
        "mx",
        "ns",
        "ns1",
        "ns2",
        "pop",
        "portal",
        "prod",
        "root",
        "secure",
        "sit",
        "smtp",
        "ssl",
        "staging",
        "static",
        "status",
        "support",
        "test",
        "webmail",
        "wordpress",
        "wp",
        "wp-admin",
    ]
)
_SUBDOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_EMAIL: Final = re.compile(
    r"[^@\s]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,63}", re.IGNORECASE
)
_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?(?:_[a-z0-9]+)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _subdomain(value: str) -> str:
    if not _SUBDOMAIN.fullmatch(value):
        raise ValueError("may hold a-z, 0-9 and hyphens, with no hyphen at either end")
    if value in RESERVED_SUBDOMAINS or value.startswith("xn--"):
        raise ValueError("is a reserved word")
    return value


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("may not hold control characters")
    return value


def _email(value: str) -> str:
    if len(value) > 254 or not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def _timezone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("must be an IANA time zone such as Africa/Johannesburg")
    return value


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise ValueError("must be a WordPress locale such as en_ZA")
    return value


def _text(longest: int, shortest: int = 1) -> Any:
    return StringConstraints(min_length=shortest, max_length=longest)


Subdomain = Annotated[str, _text(63, 3), AfterValidator(_subdomain)]
SiteName = Annotated[str, _text(100), AfterValidator(_printable)]


class Configuration(RequestModel):
    """A site's settings in WordPress."""

    title: Annotated[str, _text(100), AfterValidator(_printable)] | None = None
    tagline: Annotated[str, _text(200, 0), AfterValidator(_printable)] | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
    language: Annotated[str, AfterValidator(_locale)] | None = None
    admin_email: Annotated[str, AfterValidator(_email)] | None = None

    def given(self) -> dict[str, str]:
        """The settings that were given, by their API names."""
        return self.model_dump(by_alias=True, exclude_none=True)


class NewSite(RequestModel):
    """The body of POST /sites."""

    site_name: SiteName
    subdomain: Subdomain
    environment: Environment = Environment.DEV
    configuration: Configuration = Configuration()


class _PageQuery(RequestModel):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


class SiteQuery(_PageQuery):
    """The query of GET /sites."""

    status: SiteStatus | None = None
    environment: Environment | None = None


class OperationQuery(_PageQuery):
    """The query of GET /operations."""

    status: OperationStatus | None = None
    site_id: str | None = None


class DeletionQuery(RequestModel):
    """The query of DELETE /sites/{siteId}."""

    force: Literal["true", "false"] = "false"


_SITE_HIDDEN: Final = {"holds_address", "request_digest", "deletion_operation_id", "expires_at"}
_OPERATION_SHOWN: Final = {
    "operation_id",
    "operation_type",
    "tenant_id",
    "site_id",
    "status",
    "progress",
    "message",
    "steps",
    "error",
    "correlation_id",
    "created_at",
    "created_by",
    "started_at",
    "completed_at",
}


def site_path(site: Site) -> str:
    """Where a site is found."""
    return f"/v1.0/tenants/{site.tenant_id}/sites/{site.site_id}"


def operation_path(operation_id: str) -> str:
    """Where an operation is found."""
    return f"/v1.0/operations/{operation_id}"


def show_site(site: Site) -> dict[str, Any]:
    """A site as callers see it."""
    links = {"self": {"href": site_path(site)}, "site": {"href": site.url}}
    if site.active_operation_id is not None:
        links["operation"] = {"href": operation_path(site.active_operation_id)}
    links["operations"] = {
        "href": f"/v1.0/tenants/{site.tenant_id}/operations?siteId={site.site_id}"
    }
    shown = site.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_SITE_HIDDEN)
    return {**shown, "url": site.url, "_links": links}


def show_operation(operation: Operation) -> dict[str, Any]:
    """An operation as callers see it."""
    site = f"/v1.0/tenants/{operation.tenant_id}/sites/{operation.site_id}"
    links = {
        "self": {"href": operation_path(operation.operation_id)},
        "site": {"href": site},
    }
    shown = operation.model_dump(
        mode="json", by_alias=True, exclude_none=True, include=_OPERATION_SHOWN
    )
    return {**shown, "_links": links}

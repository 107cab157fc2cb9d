"""What callers send."""

import re
import zoneinfo
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from bbws_shared import identifiers
from bbws_shared.http import RequestModel
from bbws_shared.operations import OperationStatus
from bbws_shared.sites import Environment, SiteStatus

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
_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?(?:_[a-z0-9]{2,8})?")
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


def _given(value: Any) -> Any:
    """A field that can be left out is not one that can be null."""
    if value is None:
        raise ValueError("may be left out, but not be null")
    return value


def _text(longest: int, shortest: int = 1) -> Any:
    return StringConstraints(min_length=shortest, max_length=longest)


Given = BeforeValidator(_given)
Subdomain = Annotated[str, _text(63, 3), AfterValidator(_subdomain)]
SiteName = Annotated[str, _text(100), AfterValidator(_printable)]
Title = Annotated[str, _text(100), AfterValidator(_printable)]
Tagline = Annotated[str, _text(200, 0), AfterValidator(_printable)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Locale = Annotated[str, AfterValidator(_locale)]
Email = Annotated[str, AfterValidator(_email)]
Reason = Annotated[str, _text(200), AfterValidator(_printable)]


class Configuration(RequestModel):
    """A site's settings in WordPress."""

    title: Annotated[Title | None, Given] = None
    tagline: Annotated[Tagline | None, Given] = None
    timezone: Annotated[Timezone | None, Given] = None
    language: Annotated[Locale | None, Given] = None
    admin_email: Annotated[Email | None, Given] = None

    def given(self) -> dict[str, str]:
        """The settings that were given, by their API names."""
        return self.model_dump(by_alias=True, exclude_none=True)


class NewSite(RequestModel):
    """The body of POST /sites."""

    site_name: SiteName
    subdomain: Subdomain
    environment: Environment = Environment.DEV
    configuration: Configuration = Configuration()


class SiteUpdate(RequestModel):
    """The body of PUT /sites/{siteId}: at least one of the two."""

    site_name: Annotated[SiteName | None, Given] = None
    configuration: Annotated[Configuration | None, Given] = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:  # noqa: N804 (of an instance, after it is made)
        names_no_setting = self.configuration is not None and not self.configuration.given()
        if names_no_setting or not self.given():
            raise ValueError("must name at least one thing to change")
        return self

    def given(self) -> dict[str, Any]:
        """What is to be changed, by the API names."""
        given = {"siteName": self.site_name} if self.site_name is not None else {}
        configuration = self.configuration.given() if self.configuration is not None else {}
        return {**given, "configuration": configuration} if configuration else dict(given)


class StatusChange(RequestModel):
    """The body of PUT /sites/{siteId}/status."""

    status: Literal["ACTIVE", "SUSPENDED"]
    reason: Annotated[Reason | None, Given] = None

    def given(self) -> dict[str, Any]:
        """What was given, by the API names."""
        return self.model_dump(by_alias=True, exclude_none=True)


class CloneRequest(RequestModel):
    """The body of POST /sites/{siteId}/clone."""

    site_name: SiteName
    subdomain: Subdomain
    environment: Environment = Environment.DEV

    def as_new_site(self) -> NewSite:
        """The site that the clone will be."""
        return NewSite(
            siteName=self.site_name, subdomain=self.subdomain, environment=self.environment
        )


class Promotion(RequestModel):
    """The body of POST /sites/{siteId}/promote."""

    target_environment: Environment


class RestoreRequest(RequestModel):
    """The body of POST /sites/{siteId}/restore."""

    backup_id: Annotated[str, StringConstraints(pattern=f"^{identifiers.BACKUP_ID.pattern}$")]


class PageQuery(RequestModel):
    """The query of a list that has no filter."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


class SiteQuery(PageQuery):
    """The query of GET /sites."""

    status: SiteStatus | None = None
    environment: Environment | None = None


class OperationQuery(PageQuery):
    """The query of GET /operations."""

    status: OperationStatus | None = None
    site_id: (
        Annotated[str, StringConstraints(pattern=f"^{identifiers.SITE_ID.pattern}$")] | None
    ) = None


class DeletionQuery(RequestModel):
    """The query of DELETE /sites/{siteId}."""

    force: Literal["true", "false"] = "false"

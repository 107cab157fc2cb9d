"""What callers send."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from bbws_shared.catalogue import WEB_ADDRESS
from bbws_shared.http import RequestModel

_ID_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$"
_ID_LENGTH: Final = 100
_MOST_PLUGINS: Final = 20
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def is_template_id(text: str) -> bool:
    """Whether a template may have this id at all."""
    return len(text) <= _ID_LENGTH and re.fullmatch(_ID_PATTERN, text) is not None


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("may not hold control characters")
    return value


def _given(value: Any) -> Any:
    """A field that can be left out is not one that can be null."""
    if value is None:
        raise ValueError("may be left out, but not be null")
    return value


def _unique(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("may not name a plugin twice")
    return values


def _text(longest: int) -> Any:
    return StringConstraints(min_length=1, max_length=longest)


Id = Annotated[str, StringConstraints(pattern=_ID_PATTERN, max_length=_ID_LENGTH)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$", max_length=50)]
Url = Annotated[str, StringConstraints(pattern=WEB_ADDRESS, max_length=2000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Stylesheet = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]+$", max_length=100)]
Plugins = Annotated[list[Id], Field(max_length=_MOST_PLUGINS), AfterValidator(_unique)]


class TemplateQuery(RequestModel):
    """The query of GET /templates."""

    category: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


class Application(RequestModel):
    """The body of POST …/apply-template."""

    template_id: Id
    confirm_replacement: Annotated[bool, Field(strict=True)] = False


class Package(RequestModel):
    """A file that WordPress fetches, and its digest."""

    package_url: Url
    sha256: Sha256


class Theme(Package):
    """A theme's package; `stylesheet` is its folder in WordPress."""

    stylesheet: Stylesheet
    name: Annotated[str, _text(100), AfterValidator(_printable)]
    version: Version


class TemplateContent(RequestModel):
    """The body of PUT /admin/templates/{templateId}: all of a template that staff decides."""

    name: Annotated[str, _text(100), AfterValidator(_printable)]
    description: Annotated[str, _text(1000), AfterValidator(_printable)]
    category: Annotated[str, _text(50), AfterValidator(_printable)]
    version: Version
    thumbnail_url: Annotated[Url | None, BeforeValidator(_given)] = None
    requires_wordpress: Annotated[Version, Field(alias="requiresWordPress")]
    requires_php: Version
    theme: Theme
    content: Annotated[Package | None, BeforeValidator(_given)] = None
    plugins: Plugins

    def given(self) -> dict[str, Any]:
        """The template's fields, by their API names."""
        return self.model_dump(by_alias=True, exclude_none=True)


class NewTemplate(TemplateContent):
    """The body of POST /admin/templates."""

    template_id: Id

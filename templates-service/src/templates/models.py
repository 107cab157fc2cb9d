"""What callers ask for, and what they are shown."""

from typing import Annotated, Any, Final

from pydantic import Field

from bbws_shared.attributes import Item
from bbws_shared.catalogue import shown
from bbws_shared.http import RequestModel

_FIELDS: Final = (
    "templateId",
    "name",
    "description",
    "category",
    "version",
    "thumbnailUrl",
    "requiresWordPress",
    "requiresPhp",
    "theme",
    "plugins",
    "status",
    "createdAt",
    "updatedAt",
)
_THEME_FIELDS: Final = ("stylesheet", "name")


class TemplateQuery(RequestModel):
    """The query of GET /templates."""

    category: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


def show_template(template: Item) -> dict[str, Any]:
    """A template as callers see it, without its packages."""
    body = shown(template, _FIELDS)
    if "theme" in body:
        body["theme"] = shown(body["theme"], _THEME_FIELDS)
    return {**body, "_links": {"self": {"href": f"/v1.0/templates/{template['templateId']}"}}}

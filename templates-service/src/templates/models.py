"""What callers ask for, and what they are shown."""

import hashlib
import json
import re
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
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_ID_LENGTH: Final = 100


def is_template_id(text: str) -> bool:
    """Whether a template may have this id at all."""
    return len(text) <= _ID_LENGTH and _ID.fullmatch(text) is not None


class TemplateQuery(RequestModel):
    """The query of GET /templates."""

    category: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


def etag(template: Item) -> str:
    """The entity tag of a template: another one after any change of its entry."""
    content = json.dumps(template, sort_keys=True)
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def show_template(template: Item) -> dict[str, Any]:
    """A template as callers see it, without its packages."""
    body = shown(template, _FIELDS)
    if "theme" in body:
        body["theme"] = shown(body["theme"], _THEME_FIELDS)
    return {**body, "_links": {"self": {"href": f"/v1.0/templates/{template['templateId']}"}}}

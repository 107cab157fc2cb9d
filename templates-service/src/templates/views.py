"""What callers are shown."""

import hashlib
import json
from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.catalogue import shown
from bbws_shared.operations import Operation

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
_PACKAGED: Final = ("theme", "content")


def etag(template: Item) -> str:
    """The entity tag of a template: another one after any change of its entry.

    How many sites use it is no part of the entry.
    """
    entry = {name: value for name, value in template.items() if name != "usedBy"}
    content = json.dumps(entry, sort_keys=True)
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def show_template(template: Item) -> dict[str, Any]:
    """A template as callers see it, without its packages."""
    body = shown(template, _FIELDS)
    if "theme" in body:
        body["theme"] = shown(body["theme"], _THEME_FIELDS)
    return {**body, "_links": {"self": {"href": f"/v1.0/templates/{template['templateId']}"}}}


def show_administered(template: Item) -> dict[str, Any]:
    """A template as staff sees it, with its packages."""
    return {**show_template(template), **shown(template, _PACKAGED)}


def show_application(operation: Operation) -> dict[str, Any]:
    """An application that has begun."""
    site = f"/v1.0/tenants/{operation.tenant_id}/sites/{operation.site_id}"
    template_id = operation.inputs["templateId"]
    return {
        "siteId": operation.site_id,
        "templateId": template_id,
        "backupId": operation.inputs["backupId"],
        "operationId": operation.operation_id,
        "status": operation.status,
        "_links": {
            "site": {"href": site},
            "operation": {"href": operation_path(operation)},
            "template": {"href": f"/v1.0/templates/{template_id}"},
        },
    }


def operation_path(operation: Operation) -> str:
    """Where an operation is found."""
    return f"/v1.0/operations/{operation.operation_id}"

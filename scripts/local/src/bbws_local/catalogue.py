"""The small catalogue that a local stack begins with: 10 templates and 30 plugins.

Every release is a real package, served by the WordPress simulator, so that an installation
downloads it and checks its digest. Three plugins are blocklisted, one is not vetted yet, and of
four some version or the latest is vulnerable.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bbws_local.wordpress import ContentPackage, PluginPackage, ThemePackage
from bbws_shared import keys
from bbws_shared.attributes import to_attributes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

_SEED: Final = Path(__file__).with_name("seed")
_AT: Final = "2026-01-05T08:00:00.000Z"
_REQUIRES: Final = {"requiresWordPress": "6.1", "requiresPhp": "8.0"}
_BATCH: Final = 25  # BatchWriteItem takes no more


def seed_catalogue(client: "DynamoDBClient", table_name: str, wordpress_url: str) -> int:
    """Store the catalogue, over what is there; the number of its entries."""
    items = [*_templates(wordpress_url), *_plugins(wordpress_url)]
    requests: list[WriteRequestTypeDef] = [
        {"PutRequest": {"Item": to_attributes(item)}} for item in items
    ]
    for first in range(0, len(requests), _BATCH):
        client.batch_write_item(RequestItems={table_name: requests[first : first + _BATCH]})
    return len(items)


def _templates(wordpress_url: str) -> list[dict[str, Any]]:
    return [_template(entry, wordpress_url) for entry in _read("templates")]


def _template(entry: dict[str, Any], wordpress_url: str) -> dict[str, Any]:
    template_id, theme = entry["templateId"], entry["theme"]
    package = ThemePackage(theme["stylesheet"], theme["version"], theme["name"])
    content = ContentPackage(template_id, entry["version"], entry["name"], entry["description"])
    pk, sk = keys.template(template_id)
    return {
        "PK": pk,
        "SK": sk,
        "GSI2PK": keys.templates_by_status("PUBLISHED"),
        "GSI2SK": keys.by_category(entry["category"], template_id),
        **entry,
        **_REQUIRES,
        "theme": {**theme, **_source(package, wordpress_url)},
        "content": _source(content, wordpress_url),
        "thumbnailUrl": f"https://templates.bbws.io/{template_id}.png",
        "status": "PUBLISHED",
        "createdAt": _AT,
        "updatedAt": _AT,
    }


def _source(package: ThemePackage | ContentPackage, wordpress_url: str) -> dict[str, str]:
    return {"packageUrl": wordpress_url + package.path, "sha256": package.sha256}


def _plugins(wordpress_url: str) -> list[dict[str, Any]]:
    return [_plugin(entry, wordpress_url) for entry in _read("plugins")]


def _plugin(entry: dict[str, Any], wordpress_url: str) -> dict[str, Any]:
    plugin_id = entry["pluginId"]
    versions = entry.pop("versions")
    pk, sk = keys.plugin(plugin_id)
    return {
        "PK": pk,
        "SK": sk,
        "GSI2PK": keys.plugins_by_vetting(entry["vetting"]),
        "GSI2SK": keys.by_category(entry["category"], plugin_id),
        **entry,
        "latestVersion": versions[0],
        "releases": [_release(entry, version, wordpress_url) for version in versions],
        "createdAt": _AT,
        "updatedAt": _AT,
    }


def _release(entry: dict[str, Any], version: str, wordpress_url: str) -> dict[str, Any]:
    package = PluginPackage(
        entry["pluginId"],
        version,
        entry["name"],
        entry["author"],
        requires_wordpress=_REQUIRES["requiresWordPress"],
        requires_php=_REQUIRES["requiresPhp"],
    )
    return {
        "version": version,
        **_REQUIRES,
        "releasedAt": _AT,
        "packageUrl": wordpress_url + package.path,
        "sha256": package.sha256,
    }


def _read(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((_SEED / f"{name}.json").read_text())
    return entries

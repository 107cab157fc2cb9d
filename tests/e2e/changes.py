"""A valid request for each operation of the OpenAPI document that changes something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import requests

from bbws_local.events import load_document
from bbws_local.specification import PROCESSOR
from e2e.conftest import ROOT
from e2e.ground import PLUGIN, TEMPLATE, Ground
from e2e.portal import Json

_METHODS: Final = ("put", "post", "delete")
_ADMIN: Final = "/v1.0/admin"


@dataclass(frozen=True)
class Change:
    """A request that is valid at this moment.

    Attributes:
        resource: The path of the resource whose ETag stands for what is changed, where there is one.
    """

    method: str
    path: str
    body: Json | None = None
    resource: str = ""

    def sent(self, ground: Ground, body: Json | None = None, **headers: str) -> requests.Response:
        """The answer to the request, or to the same with another body."""
        return ground.portal.call(self.method, self.path, body or self.body, **headers)


def documented() -> dict[str, dict[str, Any]]:
    """The operations of the document that change something, by their ids."""
    paths = load_document(ROOT / "openapi" / "site-management.yaml")["paths"]
    return {
        operation["operationId"]: operation
        for methods in paths.values()
        for method, operation in methods.items()
        if method in _METHODS
    }


def _create_site(ground: Ground) -> Change:
    body = {"siteName": "New", "subdomain": ground.name()}
    return Change("POST", ground.portal.sites, body)


def _update_site(ground: Ground) -> Change:
    return Change("PUT", ground.site, {"siteName": ground.name()}, ground.site)


def _delete_site(ground: Ground) -> Change:
    site = ground.fresh_site()
    return Change("DELETE", site, None, site)


def _set_site_status(ground: Ground) -> Change:
    site = ground.fresh_site()
    return Change("PUT", f"{site}/status", {"status": "SUSPENDED"}, site)


def _clone_site(ground: Ground) -> Change:
    body = {"siteName": "Copy", "subdomain": ground.name()}
    return Change("POST", f"{ground.site}/clone", body)


def _promote_site(ground: Ground) -> Change:
    return Change("POST", f"{ground.site}/promote", {"targetEnvironment": "SIT"})


def _create_backup(ground: Ground) -> Change:
    return Change("POST", f"{ground.site}/backups")


def _restore_site(ground: Ground) -> Change:
    backup = ground.do("POST", f"{ground.site}/backups")
    return Change("POST", f"{ground.site}/restore", {"backupId": backup["backupId"]})


def _cancel_operation(ground: Ground) -> Change:
    ground.backstage.stop(PROCESSOR)
    pending = ground.portal.create(ground.name())
    return Change("POST", f"/v1.0/operations/{pending['operationId']}/cancel")


def _retry_operation(ground: Ground) -> Change:
    # WordPress's refusals are for good, so the operation fails without being tried again.
    wordpress = ground.backstage.wordpress
    wordpress.add_fault("status", method="POST", path="/sites$", status=400, code="no")
    body = {"siteName": "Refused", "subdomain": ground.name()}
    failed = ground.do("POST", ground.portal.sites, body)["operationId"]
    wordpress.clear_faults()
    assert ground.portal.operation(failed)["status"] == "FAILED"
    return Change("POST", f"/v1.0/operations/{failed}/retry")


def _apply_template(ground: Ground) -> Change:
    body = {"templateId": "portfolio", "confirmReplacement": True}
    return Change("POST", f"{ground.site}/apply-template", body)


def _create_template(ground: Ground) -> Change:
    return Change("POST", f"{_ADMIN}/templates", {**TEMPLATE, "templateId": ground.name()})


def _of_template(method: str, verb: str = "", body: Json | None = None) -> Any:
    def change(ground: Ground) -> Change:
        template_id = ground.template()
        path = f"{_ADMIN}/templates/{template_id}{verb}"
        return Change(method, path, body, f"/v1.0/templates/{template_id}")

    return change


def _archive_template(ground: Ground) -> Change:
    template = f"{_ADMIN}/templates/{ground.template()}"
    ground.do("POST", f"{template}/publish")
    return Change("POST", f"{template}/archive")


def _install_plugin(ground: Ground) -> Change:
    return Change("POST", f"{ground.site}/plugins", {"pluginId": ground.another_plugin()})


def _of_installed_plugin(method: str, verb: str = "", body: Json | None = None) -> Any:
    def change(ground: Ground) -> Change:
        plugin = ground.installed(configuration={})
        return Change(method, f"{plugin}{verb}", body, plugin)

    return change


def _configure_plugin(ground: Ground) -> Change:
    plugin = ground.installed(pluginId=ground.another_plugin())
    options = ground.portal.get(f"/v1.0/plugins/{plugin.rsplit('/', 1)[1]}")["configurableOptions"]
    body = {"configuration": {options[0]: ground.name()}}
    return Change("PUT", f"{plugin}/config", body, plugin)


def _update_plugin(ground: Ground) -> Change:
    plugin = ground.installed(**ground.another_old_plugin())
    return Change("PUT", f"{plugin}/update", {}, plugin)


def _create_catalogue_plugin(ground: Ground) -> Change:
    return Change("POST", f"{_ADMIN}/plugins", {**PLUGIN, "pluginId": ground.name()})


def _of_plugin(method: str, verb: str = "", body: Json | None = None) -> Any:
    def change(ground: Ground) -> Change:
        plugin_id = ground.plugin()
        path = f"{_ADMIN}/plugins/{plugin_id}{verb}"
        return Change(method, path, body, f"/v1.0/plugins/{plugin_id}")

    return change


def _import_vulnerabilities(ground: Ground) -> Change:
    plugin_id = ground.plugin()
    affected = {
        "from_version": "*",
        "from_inclusive": True,
        "to_version": "1.0.0",
        "to_inclusive": True,
    }
    software = {"type": "plugin", "slug": plugin_id, "affected_versions": {"* - 1.0.0": affected}}
    advisory = {"id": plugin_id, "title": "Leaks everything", "software": [software]}
    return Change("POST", f"{_ADMIN}/vulnerabilities", {plugin_id: advisory})


CHANGES: Final[dict[str, Callable[[Ground], Change]]] = {
    "createSite": _create_site,
    "updateSite": _update_site,
    "deleteSite": _delete_site,
    "setSiteStatus": _set_site_status,
    "cloneSite": _clone_site,
    "promoteSite": _promote_site,
    "createBackup": _create_backup,
    "restoreSite": _restore_site,
    "cancelOperation": _cancel_operation,
    "retryOperation": _retry_operation,
    "applyTemplate": _apply_template,
    "createTemplate": _create_template,
    "updateTemplate": _of_template("PUT", body={**TEMPLATE, "name": "Another name"}),
    "deleteTemplate": _of_template("DELETE"),
    "publishTemplate": _of_template("POST", "/publish"),
    "archiveTemplate": _archive_template,
    "installPlugin": _install_plugin,
    "uninstallPlugin": _of_installed_plugin("DELETE"),
    "configurePlugin": _configure_plugin,
    "setPluginStatus": _of_installed_plugin("PUT", "/status", {"isActive": False}),
    "updatePlugin": _update_plugin,
    "createCataloguePlugin": _create_catalogue_plugin,
    "updateCataloguePlugin": _of_plugin("PUT", body={**PLUGIN, "name": "Another name"}),
    "deleteCataloguePlugin": _of_plugin("DELETE"),
    "setPluginBlocklisting": _of_plugin(
        "PUT", "/blocklist", {"isBlocklisted": True, "reason": "It leaks."}
    ),
    "importVulnerabilities": _import_vulnerabilities,
}
"""How each is made possible and asked for. A new operation without an entry fails its tests."""

"""What staff does with plugins of the catalogue: write them, blocklist them, delete them."""

from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.errors import (
    CataloguePluginInUse,
    InvalidRequest,
    PluginExists,
    PreconditionFailed,
)
from bbws_shared.observability import Observability
from bbws_shared.plans import Plan
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import Clock, timestamp
from plugins.catalogue_models import Blocklisting, CataloguePluginChange, NewCataloguePlugin
from plugins.installed_repository import InstalledRepository
from plugins.repository import BLOCKLISTED, PENDING, CatalogueRepository, has_room

_REVIEWED: Final = "reviewedAs"
"""On a blocklisted plugin: the vetting that counts again once it is taken off the blocklist."""


class PluginAdministration:
    """Each change is checked, then planned or made."""

    def __init__(
        self,
        catalogue: CatalogueRepository,
        installed: InstalledRepository,
        watched: Observability,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._installed = installed
        self._watched = watched
        self._clock = clock

    def check_creation(self, wanted: NewCataloguePlugin) -> Plan:
        """Raises PluginExists when the id is taken."""
        if self._catalogue.plugin(wanted.plugin_id) is not None:
            raise PluginExists(wanted.plugin_id)
        return Plan("createCataloguePlugin", (), wanted.given())

    def create(self, wanted: NewCataloguePlugin) -> Item:
        """Store a new plugin. Raises PluginExists when its id is taken.

        Its vulnerabilities come with the next import of a feed: the catalogue keeps no
        advisories about plugins that it does not have.
        """
        at = timestamp(self._clock())
        pk, sk = keys.plugin(wanted.plugin_id)
        plugin: Item = {
            "PK": pk,
            "SK": sk,
            **_indexed(wanted.given(), wanted.plugin_id),
            "vulnerabilities": [],
            "revision": 1,
            "createdAt": at,
            "updatedAt": at,
        }
        try:
            self._catalogue.insert(plugin)
        except ConditionFailed:
            raise PluginExists(wanted.plugin_id) from None
        return plugin

    def check_update(self, plugin: Item, wanted: CataloguePluginChange) -> Plan:
        """Raises InvalidRequest when an entry of the table cannot hold that much."""
        given = _given(plugin, wanted)
        if not has_room({**plugin, **given}):
            raise InvalidRequest.field(
                "releases", "are more than fit beside the plugin's known vulnerabilities"
            )
        effects = {name: value for name, value in given.items() if name != _REVIEWED}
        return Plan("updateCataloguePlugin", (), effects)

    def update(self, plugin: Item, wanted: CataloguePluginChange) -> Item:
        """Set all of a plugin but its id, its blocklisting and its vulnerabilities.

        Raises:
            InvalidRequest: when an entry of the table cannot hold that much.
            PreconditionFailed: when somebody else was faster.
        """
        self.check_update(plugin, wanted)
        content = _indexed(_given(plugin, wanted), plugin["pluginId"])
        return self._replaced(plugin, {**plugin, **content})

    def check_blocklisting(self, plugin: Item, wanted: Blocklisting) -> Plan:
        """The vetting that the plugin would have."""
        changed = _blocklisted(plugin, wanted)
        names = ("vetting", "blocklistReason")
        effects = {name: changed[name] for name in names if name in changed}
        return Plan("setPluginBlocklisting", (), effects)

    def set_blocklisting(self, plugin: Item, wanted: Blocklisting) -> Item:
        """Put a plugin on the blocklist or take it off. Raises PreconditionFailed in a race.

        Where it is installed it stays as it is.
        """
        changed = _blocklisted(plugin, wanted)
        if changed == plugin:
            return plugin
        changed = self._replaced(plugin, changed)
        self._watched.logger.info(
            "blocklisting changed",
            plugin_id=plugin["pluginId"],
            is_blocklisted=wanted.is_blocklisted,
            reason=wanted.reason,
        )
        return changed

    def check_deletion(self, plugin: Item) -> Plan:
        """Raises CataloguePluginInUse while a site has the plugin, or is getting it."""
        installations = sum(1 for _ in self._installed.installations(plugin["pluginId"]))
        if installations:
            raise CataloguePluginInUse(plugin["pluginId"], installations)
        return Plan("deleteCataloguePlugin")

    def delete(self, plugin: Item) -> None:
        """Remove a plugin from the catalogue.

        A site that gets the plugin at the same moment keeps it: the index of installations is a
        moment behind the table.

        Raises:
            CataloguePluginInUse: while a site has the plugin, or is getting it.
            PreconditionFailed: when somebody else was faster.
        """
        self.check_deletion(plugin)
        try:
            self._catalogue.delete(plugin)
        except ConditionFailed:
            raise _raced() from None

    def _replaced(self, before: Item, changed: Item) -> Item:
        stored = {
            **changed,
            "revision": before.get("revision", 0) + 1,
            "updatedAt": timestamp(self._clock()),
        }
        try:
            self._catalogue.replace(stored, before)
        except ConditionFailed:
            raise _raced() from None
        return stored


def _given(plugin: Item, wanted: CataloguePluginChange) -> dict[str, Any]:
    """What an update sets; a plugin stays on the blocklist whatever its review says."""
    given = wanted.given()
    if plugin["vetting"] != BLOCKLISTED:
        return given
    return {**given, "vetting": BLOCKLISTED, _REVIEWED: given["vetting"]}


def _blocklisted(plugin: Item, wanted: Blocklisting) -> Item:
    """The plugin on the blocklist, or off it with the vetting that it had before."""
    is_listed = plugin["vetting"] == BLOCKLISTED
    reviewed = plugin.get(_REVIEWED, PENDING) if is_listed else plugin["vetting"]
    if wanted.is_blocklisted:
        reason = {"blocklistReason": wanted.reason, _REVIEWED: reviewed}
        return {**plugin, **_vetted(BLOCKLISTED), **reason}
    dropped = ("blocklistReason", _REVIEWED)
    kept = {name: value for name, value in plugin.items() if name not in dropped}
    return {**kept, **_vetted(reviewed)}


def _indexed(content: dict[str, Any], plugin_id: str) -> Item:
    place = {"GSI2SK": keys.by_category(content["category"], plugin_id)}
    return {**content, **_vetted(content["vetting"]), **place}


def _vetted(vetting: str) -> Item:
    return {"vetting": vetting, "GSI2PK": keys.plugins_by_vetting(vetting)}


def _raced() -> PreconditionFailed:
    return PreconditionFailed("The plugin was changed at the same moment.")

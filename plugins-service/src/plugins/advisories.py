"""Takes advisories of a vulnerability feed into the catalogue, and tells the sites they affect."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.events import Event
from bbws_shared.notifications import Notifications
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.vetting import known_vulnerabilities
from plugins.advisory_models import Advisory, Vulnerability
from plugins.installed_repository import INSTALLED, InstalledRepository
from plugins.repository import CatalogueRepository, has_room
from plugins.views import show_vulnerability

_TRIES: Final = 5
"""How often an entry is read again because somebody else has changed it meanwhile."""


@dataclass(frozen=True)
class Reading:
    """What a feed says about the catalogue.

    Attributes:
        catalogue: The plugins as they were read, by id.
        news: For each advisory that concerns the catalogue, by its id: the vulnerability as each
            plugin that has it is to store it, by plugin id.
        advisories: How many advisories the feed has.
    """

    catalogue: Mapping[str, Item]
    news: Mapping[str, Mapping[str, Vulnerability]]
    advisories: int

    def told_of(self, plugin: Item) -> Item:
        """The plugin with what the feed says of it.

        An advisory of the feed replaces the one with its id, or removes it when it does not name
        the plugin any more. What the feed does not hold stays.
        """
        known = {one["id"]: one for one in plugin.get("vulnerabilities", [])}
        for advisory_id, named in self.news.items():
            if plugin["pluginId"] in named:
                known[advisory_id] = named[plugin["pluginId"]]
            else:
                known.pop(advisory_id, None)
        return {**plugin, "vulnerabilities": list(known.values())}

    def concerned(self) -> list[str]:
        """The plugins that the feed names, or whose vulnerabilities it changes."""
        named = {plugin_id for plugins in self.news.values() for plugin_id in plugins}
        changed = {
            plugin_id
            for plugin_id, plugin in self.catalogue.items()
            if not _has_same_vulnerabilities(plugin, self.told_of(plugin))
        }
        return sorted(named | changed)

    def without_room(self) -> list[str]:
        """The plugins whose entries could not hold all that the feed says of them."""
        return [one for one in self.concerned() if not has_room(self.told_of(self.catalogue[one]))]


@dataclass
class Import:
    """What an import has done, or would do."""

    advisories: int
    plugins_updated: list[str] = field(default_factory=list)
    affected: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The import as callers see it."""
        return {
            "advisories": self.advisories,
            "pluginsUpdated": len(self.plugins_updated),
            "affectedInstallations": self.affected,
        }


class Advisories:
    """Imports feeds. An import that is cut off is repeated: what is done is not done again."""

    def __init__(
        self,
        catalogue: CatalogueRepository,
        installed: InstalledRepository,
        notifications: Notifications,
        environment: str,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._installed = installed
        self._notifications = notifications
        self._environment = environment
        self._clock = clock

    def read(self, feed: Iterable[Advisory]) -> Reading:
        """Hold a feed against the catalogue; of the feed only what concerns it is kept."""
        catalogue = self._catalogue.everything()
        stored = {
            v["id"] for plugin in catalogue.values() for v in plugin.get("vulnerabilities", [])
        }
        news: dict[str, dict[str, Vulnerability]] = {}
        advisories = 0
        for advisory in feed:
            advisories += 1
            found = advisory.vulnerabilities()
            named = {one: found[one] for one in found.keys() & catalogue.keys()}
            if named or advisory.id in stored or advisory.id in news:
                news[advisory.id] = named
        return Reading(catalogue, news, advisories)

    def check(self, reading: Reading) -> Import:
        """What `take` would do, with nothing written and nobody told."""
        outcome = Import(reading.advisories)
        for plugin_id in reading.concerned():
            before = reading.catalogue[plugin_id]
            plugin = reading.told_of(before)
            if not _has_same_vulnerabilities(plugin, before):
                outcome.plugins_updated.append(plugin_id)
            for installed, found in self._installations(plugin):
                _note(outcome, installed, found, reading)
        return outcome

    def take(self, reading: Reading, correlation_id: str, *, everywhere: bool = False) -> Import:
        """Store what a feed says, flag the installations that it affects, and publish the new ones.

        A plugin's entry comes first, so that no affected version is installed any more. Each
        event comes before its flag, so that a repetition publishes again rather than never.
        An installation that was being completed meanwhile is found by the next import, for every
        import looks at the installations anew.

        Args:
            reading: What `read` gave; plugins without room for it stay as they are.
            correlation_id: Stands in the events.
            everywhere: Look at the installations of every plugin in the catalogue, not only of
                those that the feed concerns.

        Raises:
            ConditionFailed: when an entry is changed by others again and again.
            ClientError, BotoCoreError: AWS failed; the import can be repeated.
        """
        outcome = Import(reading.advisories)
        skipped = set(reading.without_room())
        for plugin_id in sorted(reading.catalogue) if everywhere else reading.concerned():
            before = reading.catalogue[plugin_id]
            plugin = before if plugin_id in skipped else self._stored(before, reading)
            if plugin is not None:
                if not _has_same_vulnerabilities(plugin, before):
                    outcome.plugins_updated.append(plugin_id)
                for installed, found in self._installations(plugin):
                    self._tell(installed, found, correlation_id)
                    _note(outcome, installed, found, reading)
        return outcome

    def _stored(self, plugin: Item, reading: Reading) -> Item | None:
        """The plugin as it is stored now; None when it is gone from the catalogue."""
        present: Item | None = plugin
        for _ in range(_TRIES):
            if present is None:
                return None
            changed = reading.told_of(present)
            if _has_same_vulnerabilities(changed, present):
                return present
            revision = {"revision": present.get("revision", 0) + 1}
            changed |= {**revision, "updatedAt": timestamp(self._clock())}
            try:
                self._catalogue.replace(changed, present)
            except ConditionFailed:
                present = self._catalogue.plugin(plugin["pluginId"])
            else:
                return changed
        raise ConditionFailed(f"plugin {plugin['pluginId']} is changed again and again")

    def _installations(self, plugin: Item) -> Iterator[tuple[Item, list[Vulnerability]]]:
        """The sites that have the plugin, each with the vulnerabilities of its version."""
        known = cache(lambda version: known_vulnerabilities(plugin, version))
        for item in self._installed.installations(plugin["pluginId"]):
            if item["status"] == INSTALLED:
                yield item, known(item["version"])

    def _tell(self, item: Item, found: list[Vulnerability], correlation_id: str) -> None:
        ids = [vulnerability["id"] for vulnerability in found]
        flagged = set(item.get("vulnerabilityIds", []))
        if set(ids) == flagged:
            return
        if set(ids) - flagged:
            event = Event.plugin_vulnerable(
                _named(item),
                [show_vulnerability(vulnerability) for vulnerability in found],
                environment=self._environment,
                at=timestamp(self._clock()),
                correlation_id=correlation_id,
            )
            self._notifications.publish(event.model_dump(mode="json", by_alias=True))
        try:
            self._installed.set_attributes(item, vulnerabilityIds=ids)
        except ConditionFailed:
            # Uninstalled since it was read, or updated, which has flagged what the new version has.
            return


def _named(item: Item) -> dict[str, Any]:
    return {
        "tenantId": keys.tenant_of_installation(item["GSI1SK"]),
        **{name: item[name] for name in ("siteId", "pluginId", "version")},
    }


def _note(outcome: Import, item: Item, found: list[Vulnerability], reading: Reading) -> None:
    ids = [vulnerability["id"] for vulnerability in found]
    if any(one in reading.news for one in ids):
        outcome.affected.append({**_named(item), "vulnerabilityIds": ids})


def _has_same_vulnerabilities(plugin: Item, other: Item) -> bool:
    return bool(plugin.get("vulnerabilities", []) == other.get("vulnerabilities", []))

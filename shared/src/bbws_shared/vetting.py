"""May this release of this plugin be installed on this site? Each check says pass or why not."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.errors import (
    PluginBlocklisted,
    PluginConflicts,
    PluginIncompatible,
    PluginVulnerable,
    ServiceError,
)
from bbws_shared.observability import Metric, Observability
from bbws_shared.sites import Site
from bbws_shared.versions import Version

SECURITY_ERRORS: Final = (PluginBlocklisted, PluginVulnerable)


@dataclass(frozen=True)
class Candidate:
    """What is to be installed where.

    Attributes:
        plugin: The catalogue's entry.
        release: The entry's release that is to be installed.
        installed: The ids of the plugins that the site has.
        opponents: Those of them that declare a conflict with this one (`opponents_of`).
    """

    plugin: Item
    release: dict[str, Any]
    site: Site
    installed: Collection[str]
    opponents: Collection[str] = ()


@dataclass(frozen=True)
class FailedCheck:
    """A check that a candidate did not pass, and the error that says why."""

    name: str
    error: ServiceError

    def shown(self) -> dict[str, Any]:
        """The check as callers see it."""
        told = {"code": self.error.code, "message": self.error.message}
        return {
            "name": self.name,
            **told,
            "suggestion": self.error.suggestion,
            **self.error.details,
        }


def blocklist(candidate: Candidate) -> ServiceError | None:
    """Only an approved plugin may be installed."""
    plugin = candidate.plugin
    if plugin["vetting"] == "APPROVED":
        return None
    details = {"pluginId": plugin["pluginId"], "vetting": plugin["vetting"]}
    if plugin["vetting"] == "BLOCKLISTED":
        reason = plugin.get("blocklistReason", "It is on the blocklist.")
        return PluginBlocklisted(
            f"Plugin '{plugin['pluginId']}' is on the blocklist.", {**details, "reason": reason}
        )
    return PluginBlocklisted(f"Plugin '{plugin['pluginId']}' has not been approved yet.", details)


def vulnerability(candidate: Candidate) -> ServiceError | None:
    """The release may have no known vulnerability."""
    found = known_vulnerabilities(candidate.plugin, candidate.release["version"])
    if not found:
        return None
    plugin_id, version = candidate.plugin["pluginId"], candidate.release["version"]
    told = [
        {name: v[name] for name in ("id", "title", "cve", "cvssScore") if v.get(name) is not None}
        for v in found
    ]
    details: dict[str, Any] = {"pluginId": plugin_id, "version": version, "vulnerabilities": told}
    safe = nearest_safe_version(candidate.plugin, version)
    if safe is not None:
        details["nearestSafeVersion"] = safe
    return PluginVulnerable(f"Plugin '{plugin_id}' {version} has known vulnerabilities.", details)


def compatibility(candidate: Candidate) -> ServiceError | None:
    """The site's WordPress and PHP must be as new as the release requires."""
    site, release = candidate.site, candidate.release
    needs = {
        "WordPress": (release.get("requiresWordPress"), site.wordpress_version),
        "PHP": (release.get("requiresPhp"), site.php_version),
    }
    lacking = {
        name: {"required": required, "present": present}
        for name, (required, present) in needs.items()
        if required and present and Version(present) < Version(required)
    }
    if not lacking:
        return None
    wanted = " and ".join(f"{name} {versions['required']}" for name, versions in lacking.items())
    return PluginIncompatible(
        f"Plugin '{candidate.plugin['pluginId']}' {release['version']} needs {wanted}.", lacking
    )


def conflict(candidate: Candidate) -> ServiceError | None:
    """No installed plugin and this one may be known to conflict, whichever of them declares it."""
    declared = {*candidate.plugin.get("conflictsWith", []), *candidate.opponents}
    conflicting = sorted(declared & set(candidate.installed))
    if not conflicting:
        return None
    return PluginConflicts(
        f"Plugin '{candidate.plugin['pluginId']}' conflicts with {', '.join(conflicting)}.",
        {"conflictsWith": conflicting},
    )


CHECKS: Final[Mapping[str, Callable[[Candidate], ServiceError | None]]] = {
    "blocklist": blocklist,
    "vulnerability": vulnerability,
    "compatibility": compatibility,
    "conflict": conflict,
}
"""The checks by their names, the gravest first."""


def failed_checks(candidate: Candidate) -> list[FailedCheck]:
    """Every check that the candidate does not pass."""
    answers = {name: check(candidate) for name, check in CHECKS.items()}
    return [FailedCheck(name, error) for name, error in answers.items() if error is not None]


def refuse(failed: Sequence[FailedCheck]) -> None:
    """Raise the first one's error, with all of them in its details; nothing when none failed."""
    if failed:
        error = failed[0].error
        error.details["checks"] = [check.shown() for check in failed]
        raise error


def vet(candidate: Candidate) -> None:
    """Raises the error of the first check that fails, with every one in its `details.checks`."""
    refuse(failed_checks(candidate))


@contextmanager
def blocked_are_told(watched: Observability, site_id: str) -> Iterator[None]:
    """Count and log what is refused for its security, for those who read the log (runbook, section 10).

    Args:
        watched: Where it is counted and logged.
        site_id: The site that does not get the plugin.

    Raises:
        PluginBlocklisted, PluginVulnerable: as the body raised them.
    """
    try:
        yield
    except SECURITY_ERRORS as blocked:
        watched.count(Metric.PLUGIN_SECURITY_BLOCKED)
        watched.logger.warning(
            "plugin blocked",
            site_id=site_id,
            error_code=blocked.code,
            error_message=blocked.message,
            error_details=blocked.details,
        )
        raise


def opponents_of(plugin_id: str, others: Iterable[Item]) -> list[str]:
    """Those of the catalogue's entries `others` that declare a conflict with a plugin."""
    return [other["pluginId"] for other in others if plugin_id in other.get("conflictsWith", [])]


def known_vulnerabilities(plugin: Item, version: str) -> list[dict[str, Any]]:
    """The plugin's vulnerabilities that affect `version`."""
    return [
        vulnerability
        for vulnerability in plugin.get("vulnerabilities", [])
        if any(_affects(span, Version(version)) for span in vulnerability["affectedVersions"])
    ]


def nearest_safe_version(plugin: Item, version: str) -> str | None:
    """The release closest after `version`, or else the newest before it, that is not affected."""
    safe = [
        Version(release["version"])
        for release in plugin["releases"]
        if not known_vulnerabilities(plugin, release["version"])
    ]
    newer = [candidate for candidate in safe if candidate > Version(version)]
    if newer:
        return min(newer).text
    return max(safe).text if safe else None


def _affects(span: dict[str, Any], version: Version) -> bool:
    """Whether `version` lies in a span of the Wordfence Intelligence feed; `*` is open-ended."""
    start, end = span["fromVersion"], span["toVersion"]
    after = start == "*" or Version(start) < version
    before = end == "*" or version < Version(end)
    at_start = start != "*" and bool(span["fromInclusive"]) and version == Version(start)
    at_end = end != "*" and bool(span["toInclusive"]) and version == Version(end)
    return (after or at_start) and (before or at_end)

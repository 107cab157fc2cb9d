"""Advisories in the form of the Wordfence Intelligence feed.

Source: Wordfence help, "Wordfence Intelligence WordPress Vulnerability Data Feeds, V2". The form is
a third party's: what is not named here may be there, and is not read.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

_LONGEST_VERSION: Final = 100
"""Far more than any version has; comparing longer ones would only cost time."""

FeedVersion = Annotated[str, StringConstraints(max_length=_LONGEST_VERSION)]
Vulnerability = dict[str, Any]
"""A vulnerability as the catalogue stores it with a plugin."""


class _FeedModel(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class AffectedVersions(_FeedModel):
    """A range of versions; `*` is an open end."""

    from_version: FeedVersion
    from_inclusive: bool
    to_version: FeedVersion
    to_inclusive: bool

    def span(self) -> dict[str, Any]:
        """The range as the catalogue stores it."""
        return {
            "fromVersion": self.from_version,
            "fromInclusive": self.from_inclusive,
            "toVersion": self.to_version,
            "toInclusive": self.to_inclusive,
        }


class AffectedSoftware(_FeedModel):
    """A plugin, a theme or WordPress itself, with its affected versions."""

    type: Literal["plugin", "theme", "core"]
    slug: str
    affected_versions: dict[str, AffectedVersions]
    patched_versions: list[FeedVersion] = Field(default_factory=list)
    name: str = ""
    patched: bool = False


class Severity(_FeedModel):
    """The severity by the Common Vulnerability Scoring System."""

    score: Annotated[float, Field(ge=0, le=10)]


class Advisory(_FeedModel):
    """A vulnerability, and what has it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    software: list[AffectedSoftware]
    cvss: Severity | None = None
    cve: Annotated[str, StringConstraints(pattern=r"^CVE-[0-9]{4}-[0-9]{4,}$")] | None = None

    def vulnerabilities(self) -> dict[str, Vulnerability]:
        """The vulnerability as the catalogue stores it, by the slugs of the plugins that have it.

        A plugin of which no version is affected is left out.
        """
        found: dict[str, Vulnerability] = {}
        for software in self.software:
            if software.type != "plugin" or not software.affected_versions:
                continue
            known = found.setdefault(software.slug, self._unaffecting())
            spans = [versions.span() for versions in software.affected_versions.values()]
            _extend(known["affectedVersions"], spans)
            _extend(known["patchedVersions"], software.patched_versions)
        return found

    def _unaffecting(self) -> Vulnerability:
        told: Vulnerability = {"id": self.id, "title": self.title}
        if self.cve is not None:
            told["cve"] = self.cve
        if self.cvss is not None:
            # Scores have one decimal place (CVSS v3.1, section 5).
            told["cvssScore"] = round(self.cvss.score, 1)
        return {**told, "affectedVersions": [], "patchedVersions": []}


class VulnerabilityFeed(RootModel[dict[str, Advisory]]):
    """The body of POST /admin/vulnerabilities: advisories by their ids."""


def _extend[Element](known: list[Element], more: list[Element]) -> None:
    """A plugin may be named twice; what is said of it is told once."""
    known += [element for at, element in enumerate(more) if element not in (*known, *more[:at])]

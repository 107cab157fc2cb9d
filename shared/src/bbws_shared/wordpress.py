"""WordPressClient: the only place that speaks to WordPress.

`bbws/v1` are the routes of our must-use plugin, `wp/v2` those of WordPress's core (developer
handbook, "REST API Reference"). Every method can be repeated: the end state is the same.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from bbws_shared.wordpress_answers import (
    Batch,
    SiteContent,
    WordPressHealth,
    WordPressPlugin,
    WordPressSite,
)
from bbws_shared.wordpress_transport import (
    WordPressRefused,
    WordPressTransport,
    WordPressUnavailable,
)

__all__ = [
    "Batch",
    "SiteContent",
    "WordPressClient",
    "WordPressHealth",
    "WordPressPlugin",
    "WordPressSite",
]

_NOT_FOUND: Final = 404
_KEPT: Final = frozenset({"rest_cannot_delete_active_plugin", "bbws_plugin_active_elsewhere"})
"""Why a plugin's files are not deleted: this site, or another one of the network, runs them."""

_REMOVAL_CALLS: Final = 4
"""Each works for eight seconds; more of them would not fit into a step of a workflow."""
_PLUGINS: Final = TypeAdapter(list[WordPressPlugin])


class WordPressClient:
    """One tenant's WordPress, for one piece of work."""

    def __init__(
        self,
        transport: WordPressTransport,
        tenant_id: str,
        correlation_id: str,
        deadline: float | None = None,
    ) -> None:
        """`deadline`, in seconds of `time.monotonic()`, holds for all calls together."""
        self._deadline = deadline
        self._transport = transport
        self._tenant_id = tenant_id
        self._correlation_id = correlation_id

    def create_site(
        self, external_id: str, domain: str, title: str, configuration: Mapping[str, str]
    ) -> WordPressSite:
        """Create a site, or give the one that has this external id."""
        body = {"externalId": external_id, "domain": domain, "title": title}
        options = {k: configuration[k] for k in ("adminEmail", "language", "timezone")
                   if k in configuration}  # fmt: skip
        return self._read(WordPressSite, self._bbws("POST", "/sites", body | options))

    def get_site(self, wordpress_site_id: int) -> WordPressSite:
        """A site by its blog id. Raises WordPressRefused (404)."""
        return self._read(WordPressSite, self._bbws("GET", f"/sites/{wordpress_site_id}"))

    def find_site(self, external_id: str) -> WordPressSite | None:
        """A site by its external id; None when there is none."""
        try:
            answer = self._bbws("GET", "/sites", query={"externalId": external_id})
        except WordPressRefused as refusal:
            if refusal.status == _NOT_FOUND:
                return None
            raise
        return self._read(WordPressSite, answer)

    def update_site(self, wordpress_site_id: int, configuration: Mapping[str, str]) -> None:
        """Set title, tagline, timezone, language, adminEmail; those that are given."""
        self._bbws("PUT", f"/sites/{wordpress_site_id}", dict(configuration))

    def set_site_status(self, wordpress_site_id: int, status: str) -> None:
        """Make a site `active`, or `suspended`: its front then answers 503."""
        self._bbws("PUT", f"/sites/{wordpress_site_id}/status", {"status": status})

    def delete_site(self, wordpress_site_id: int) -> None:
        """Delete a site with its tables, uploads and users; one that is gone is fine.

        Raises:
            WordPressUnavailable: with so many users the next call goes on where this one ended.
        """
        for remaining in reversed(range(_REMOVAL_CALLS)):
            try:
                self._bbws("DELETE", f"/sites/{wordpress_site_id}")
            except WordPressUnavailable as failure:
                if failure.code != "bbws_removal_unfinished" or not remaining:
                    raise
            except WordPressRefused as refusal:
                if refusal.status != _NOT_FOUND:
                    raise
                return
            else:
                return

    def back_up(
        self, wordpress_site_id: int, backup_id: str, upload_url: str, cursor: str | None
    ) -> Batch:
        """Go on with a backup to a presigned URL, until it is done."""
        body = {"backupId": backup_id, "uploadUrl": upload_url}
        if cursor is not None:
            body["cursor"] = cursor
        return self._read(Batch, self._bbws("POST", f"/sites/{wordpress_site_id}/backups", body))

    def copy_site(
        self, wordpress_site_id: int, copy_id: str, target_id: int, cursor: str | None
    ) -> Batch:
        """Go on with copying a site's content over another site's, until it is done."""
        body: dict[str, Any] = {"copyId": copy_id, "targetId": target_id}
        if cursor is not None:
            body["cursor"] = cursor
        return self._read(Batch, self._bbws("POST", f"/sites/{wordpress_site_id}/copies", body))

    def restore(
        self,
        wordpress_site_id: int,
        restore_id: str,
        download_url: str,
        sha256: str,
        cursor: str | None,
    ) -> Batch:
        """Go on with a restore from a presigned URL, until it is done."""
        body = {"restoreId": restore_id, "downloadUrl": download_url, "sha256": sha256}
        if cursor is not None:
            body["cursor"] = cursor
        return self._read(Batch, self._bbws("POST", f"/sites/{wordpress_site_id}/restores", body))

    def set_theme(
        self, wordpress_site_id: int, stylesheet: str, package_url: str, sha256: str
    ) -> None:
        """Activate a theme on a site, installed from its package where the network lacks it."""
        body = {"stylesheet": stylesheet, "package": {"url": package_url, "sha256": sha256}}
        self._bbws("PUT", f"/sites/{wordpress_site_id}/theme", body)

    def import_content(
        self,
        wordpress_site_id: int,
        import_id: str,
        package_url: str,
        sha256: str,
        cursor: str | None,
    ) -> Batch:
        """Go on with replacing a site's posts and pages by a package's, until it is done."""
        body: dict[str, Any] = {
            "importId": import_id,
            "package": {"url": package_url, "sha256": sha256},
        }
        if cursor is not None:
            body["cursor"] = cursor
        return self._read(Batch, self._bbws("POST", f"/sites/{wordpress_site_id}/imports", body))

    def health(self) -> WordPressHealth:
        """How the tenant's container is."""
        return self._read(WordPressHealth, self._bbws("GET", "/health"))

    def vet_plugin(
        self,
        slug: str,
        version: str,
        package_url: str,
        sha256: str,
        *,
        replaces: str | None = None,
    ) -> None:
        """Name the package that `install_plugin` will install; no other can be.

        `replaces` is the version of the network whose place `replace_plugin` may give it.
        """
        body = {"version": version, "url": package_url, "sha256": sha256}
        if replaces is not None:
            body["replaces"] = replaces
        self._bbws("PUT", f"/packages/plugins/{slug}", body)

    def plugins(self, site_domain: str) -> list[WordPressPlugin]:
        """The plugins of the network, with their status on the site at `site_domain`."""
        answer = self._core("GET", "/plugins", site_domain)
        try:
            return _PLUGINS.validate_python(answer)
        except ValidationError as error:
            raise WordPressUnavailable("WordPress answered in an unknown form") from error

    def install_plugin(self, slug: str, site_domain: str, *, activate: bool) -> WordPressPlugin:
        """Install the vetted package of `slug`, or take the one that is there; then activate it."""
        status = "active" if activate else "inactive"
        if self._installed(slug, site_domain) is None:
            body = {"slug": slug, "status": status}
            try:
                answer = self._core("POST", "/plugins", site_domain, body)
                return self._read(WordPressPlugin, answer)
            except WordPressUnavailable as error:
                # Core says this with status 500: another site of the network was faster.
                if error.code != "folder_exists":
                    raise
        installed = self._installed(slug, site_domain)
        if installed is None:
            raise WordPressUnavailable(f"plugin {slug} vanished while it was installed")
        if activate and installed.status == "inactive":
            return self._change_status(installed, site_domain, status)
        return installed

    def replace_plugin(self, slug: str, site_domain: str) -> WordPressPlugin:
        """Put the vetted package in the place of the version that it replaces, for all sites."""
        body = {"slug": slug, "status": "inactive"}
        return self._read(WordPressPlugin, self._core("POST", "/plugins", site_domain, body))

    def set_plugin_status(self, slug: str, site_domain: str, *, is_active: bool) -> None:
        """Activate or deactivate a plugin on a site; one that the whole network has active stays so.

        Raises:
            WordPressRefused: 404 when the network does not have the plugin.
        """
        installed = self._installed(slug, site_domain)
        if installed is None:
            raise WordPressRefused(_NOT_FOUND, "rest_plugin_not_found", "Plugin not found.")
        wanted = "active" if is_active else "inactive"
        if installed.status not in (wanted, "network-active"):
            self._change_status(installed, site_domain, wanted)

    def delete_plugin(self, slug: str, site_domain: str) -> None:
        """Delete a plugin's files from the network, unless one of its sites has it active."""
        installed = self._installed(slug, site_domain)
        if installed is None:
            return
        try:
            self._core("DELETE", f"/plugins/{installed.plugin}", site_domain)
        except WordPressRefused as refusal:
            if refusal.code not in _KEPT and refusal.status != _NOT_FOUND:
                raise

    def _installed(self, slug: str, site_domain: str) -> WordPressPlugin | None:
        return next((p for p in self.plugins(site_domain) if p.slug == slug), None)

    def _change_status(
        self, plugin: WordPressPlugin, site_domain: str, status: str
    ) -> WordPressPlugin:
        path = f"/plugins/{plugin.plugin}"
        answer = self._core("PUT", path, site_domain, {"status": status})
        return self._read(WordPressPlugin, answer)

    def configure_plugin(
        self, wordpress_site_id: int, slug: str, settings: Mapping[str, Any]
    ) -> None:
        """Set a plugin's options on a site; None takes an option back to what it is by default."""
        path = f"/sites/{wordpress_site_id}/plugins/{slug}/settings"
        self._bbws("PUT", path, {"settings": dict(settings)})

    def _bbws(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        return self._transport.call(
            method, self._tenant_id, f"/bbws/v1{path}", self._correlation_id,
            body=body, query=query, deadline=self._deadline,
        )  # fmt: skip

    def _core(
        self, method: str, path: str, site_domain: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        return self._transport.call(
            method, self._tenant_id, f"/wp/v2{path}", self._correlation_id,
            host=site_domain, body=body, deadline=self._deadline,
        )  # fmt: skip

    @staticmethod
    def _read[Model: BaseModel](model: type[Model], answer: Any) -> Model:
        try:
            return model.model_validate(answer)
        except ValidationError as error:
            raise WordPressUnavailable("WordPress answered in an unknown form") from error

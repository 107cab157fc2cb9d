"""Applying a template to a site: everything is checked, then an operation begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared import identifiers
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.errors import (
    IllegalTransition,
    OperationInFlight,
    PreconditionFailed,
    ProdChangedDirectly,
    ServiceError,
    TemplateContentExists,
    TemplateNotFound,
    WordPressFailed,
    WordPressTimedOut,
)
from bbws_shared.observability import Observability
from bbws_shared.operations import Operation, OperationType
from bbws_shared.plans import Check, Plan
from bbws_shared.queues import OperationQueues
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import TransactionRefused
from bbws_shared.template_application import (
    STEPS,
    Surroundings,
    check_requirements,
    vetted_releases,
)
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.vetting import blocked_are_told
from bbws_shared.wordpress_access import ReachWordPress
from templates.models import Application
from templates.repository import PUBLISHED, TemplateRepository

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressSite

_TEMPLATE: Final = 3
"""Where the template stands among the writes that begin an application."""
_INSTALLED: Final = "INSTALLED"


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, for the records that it makes."""

    caller: Caller
    correlation_id: str
    request_digest: str | None


@dataclass(frozen=True)
class _Vetted:
    """What the checks have found: the template, and a release of each of its plugins."""

    template: Item
    releases: Mapping[str, dict[str, Any]]


class TemplateApplication:
    """Applies templates."""

    def __init__(
        self,
        repository: TemplateRepository,
        queues: OperationQueues,
        reach_wordpress: ReachWordPress,
        observability: Observability,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._queues = queues
        self._reach_wordpress = reach_wordpress
        self._observability = observability
        self._clock = clock

    def check(self, site: Site, wanted: Application, origin: Origin) -> Plan:
        """What would be done. Raises what `apply` would raise now."""
        vetted = self._checked(site, wanted, origin)
        template = vetted.template
        plugins = [
            {"pluginId": plugin_id, "version": release["version"]}
            for plugin_id, release in vetted.releases.items()
        ]
        effects = {
            "templateId": template["templateId"],
            "templateVersion": template["version"],
            "theme": template["theme"]["stylesheet"],
            "plugins": plugins,
        }
        names = ["compatibility", *(f"plugin:{p['pluginId']}" for p in plugins), "content"]
        checks = tuple(Check(name, passed=True) for name in names)
        return Plan("applyTemplate", STEPS, effects, checks)

    def apply(self, site: Site, wanted: Application, origin: Origin) -> Operation:
        """Begin to apply a template; the site is backed up first.

        A function may die between the transaction and its answer; the repetition of the request
        (same caller and Idempotency-Key) then finds the operation that it began.

        Raises:
            ServiceError: the reason, before anything was changed.
        """
        begun = self._begun_before(site, origin)
        if begun is not None:
            return begun
        with blocked_are_told(self._observability, site.site_id):
            vetted = self._checked(site, wanted, origin)
        return self._begin(site, vetted.template, origin)

    def _begun_before(self, site: Site, origin: Origin) -> Operation | None:
        if origin.request_digest is None:
            return None
        found = (
            self._repository.latest_operation(site)
            if site.active_operation_id is None
            else self._repository.operation(site.tenant_id, site.active_operation_id)
        )
        is_it = found is not None and found.inputs.get("requestDigest") == origin.request_digest
        return found if is_it else None

    def _checked(self, site: Site, wanted: Application, origin: Origin) -> _Vetted:
        template = self._repository.template(wanted.template_id)
        if template is None or template["status"] != PUBLISHED:
            raise TemplateNotFound(wanted.template_id)
        _check_site(site)
        check_requirements(template, site)
        releases = self._vetted_releases(site, template)
        if not wanted.confirm_replacement:
            self._check_content(site, template, origin)
        return _Vetted(template, releases)

    def _vetted_releases(self, site: Site, template: Item) -> dict[str, dict[str, Any]]:
        now = timestamp(self._clock())
        # A claim that ran out is no installation.
        installed = {
            item["pluginId"]: item["version"]
            for item in self._repository.installed(site)
            if item["status"] == _INSTALLED or item["claimedUntil"] >= now
        }
        if not template["plugins"]:
            return {}
        catalogue = self._repository.plugins({*template["plugins"], *installed})
        return vetted_releases(template["plugins"], Surroundings(site, catalogue, installed, {}))

    def _check_content(self, site: Site, template: Item, origin: Origin) -> None:
        """Raises TemplateContentExists when somebody has written what would be replaced."""
        present = self._present(site, origin)
        if present.content.is_empty:
            return
        is_replaced = "content" in template
        would_replace = {
            "posts": present.content.posts if is_replaced else 0,
            "pages": present.content.pages if is_replaced else 0,
            "theme": present.theme,
        }
        raise TemplateContentExists(
            "The site has content of its own, which the template would replace.",
            {"wouldReplace": would_replace},
        )

    def _present(self, site: Site, origin: Origin) -> "WordPressSite":
        from bbws_shared.wordpress_transport import WordPressError, WordPressUnavailable

        wordpress = self._reach_wordpress(site.tenant_id, origin.correlation_id)
        try:
            return wordpress.get_site(site.wordpress_id)
        except WordPressError as error:
            self._observability.logger.warning("WordPress failed", failure=str(error))
            is_late = isinstance(error, WordPressUnavailable) and error.timed_out
            kind = WordPressTimedOut if is_late else WordPressFailed
            raise kind("WordPress did not say what the site holds.") from error

    def _begin(self, site: Site, template: Item, origin: Origin) -> Operation:
        now = self._clock()
        backup_id = identifiers.new_backup_id(now)
        operation_id = identifiers.new_operation_id(now)
        busy = site.changed(timestamp(now), active_operation_id=operation_id)
        operation = Operation.new(
            OperationType.TEMPLATE_APPLICATION,
            timestamp(now),
            operation_id=operation_id,
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            correlation_id=origin.correlation_id,
            created_by=origin.caller.name,
            inputs=_inputs(template, backup_id, origin),
        )
        try:
            self._repository.begin(busy, operation, backup_id)
        except TransactionRefused as refusal:
            raise self._refused(site, template, refusal) from None
        try:
            self._queues.send(operation, timestamp(now))
        except (BotoCoreError, ClientError):
            self._observability.logger.exception(
                "operation not sent; the reconciler will", operation_id=operation_id
            )
        return operation

    def _refused(self, site: Site, template: Item, refusal: TransactionRefused) -> ServiceError:
        """Why an application did not begin for which all was well when it was checked."""
        if refusal.found[_TEMPLATE] is not None:
            return TemplateNotFound(template["templateId"])
        latest = self._repository.site(site.tenant_id, site.site_id)
        if latest is not None and latest.active_operation_id is not None:
            return OperationInFlight(site.site_id, latest.active_operation_id)
        return PreconditionFailed(
            "The site was changed at the same moment; read it and ask again.",
            {"siteId": site.site_id},
        )


def _check_site(site: Site) -> None:
    if site.environment is Environment.PROD:
        raise ProdChangedDirectly
    if site.status is not SiteStatus.ACTIVE:
        raise IllegalTransition(
            f"Templates are applied to ACTIVE sites; this one is {site.status}.",
            {"currentStatus": site.status},
        )
    if site.active_operation_id is not None:
        raise OperationInFlight(site.site_id, site.active_operation_id)


def _inputs(template: Item, backup_id: str, origin: Origin) -> dict[str, Any]:
    """What the workflow works from: the template as it was checked, whatever becomes of its entry."""
    inputs = {
        "templateId": template["templateId"],
        "templateVersion": template["version"],
        "backupId": backup_id,
        "theme": template["theme"],
        "content": template.get("content"),
        "plugins": template["plugins"],
        "requestDigest": origin.request_digest,
    }
    return {name: value for name, value in inputs.items() if value is not None}

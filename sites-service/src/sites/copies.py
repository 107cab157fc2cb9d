"""Cloning a site, and promoting it along DEV, SIT, PROD."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from bbws_shared import identifiers
from bbws_shared.errors import (
    IllegalPromotion,
    IllegalTransition,
    PromotionChecksFailed,
    SubdomainTaken,
)
from bbws_shared.operations import Operation, OperationType
from bbws_shared.plans import Check, Plan
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import TransactionRefused
from bbws_shared.timestamps import timestamp
from bbws_shared.vetting import known_vulnerabilities
from sites.creation import SiteCreation, new_site
from sites.models import CloneRequest, NewSite, Promotion
from sites.repository import new_backup
from sites.work import Origin, Work, require_free, require_not_prod, require_status

_NEXT: Final[Mapping[Environment, Environment]] = {
    Environment.DEV: Environment.SIT,
    Environment.SIT: Environment.PROD,
}
_COPYING: Final = ("copy_content", "configure_copy", "copy_plugin_records", "verify_site")


class SiteCopies:
    """Makes copies of sites; the source cannot change while it is copied."""

    def __init__(self, work: Work, creation: SiteCreation) -> None:
        self._work = work
        self._creation = creation

    def check_clone(self, source: Site, wanted: CloneRequest, origin: Origin) -> Plan:
        """What `clone` would refuse now. Raises the same errors."""
        _require_copyable(source, wanted.environment)
        target = self._target(source, wanted.as_new_site(), origin)
        self._creation.check_claims(target)
        return Plan("cloneSite", ("create_wordpress_site", *_COPYING), {"url": target.url})

    def clone(self, source: Site, wanted: CloneRequest, origin: Origin) -> tuple[Site, str]:
        """Begin to copy a site to an address of its own; the new site and the operation's id.

        Raises:
            IllegalPromotion: for PROD.
            IllegalTransition: when the source is not there to be copied.
            OperationInFlight: when an operation works on the source.
            SubdomainTaken, QuotaExceeded: as at a creation.
        """
        cloned = self._begun_before(source, wanted.subdomain, wanted.environment, origin)
        if cloned is not None:
            return cloned
        _require_copyable(source, wanted.environment)
        target = self._target(source, wanted.as_new_site(), origin)
        inputs = {"sourceSiteId": source.site_id, "configuration": {"title": wanted.site_name}}
        operation = self._operation(OperationType.SITE_CLONE, target, origin, inputs)
        return self._store_new(target, operation, source)

    def check_promotion(
        self, source: Site, wanted: Promotion, origin: Origin, health: Check
    ) -> Plan:
        """What `promote` would refuse now. Raises the same errors; `health` is the source's."""
        existing = self.check_path(source, wanted)
        checks = self._checks(source, health)
        target = existing or self._promoted(source, wanted, origin)
        if existing is None:
            self._creation.check_claims(target)
        first = "back_up_site" if existing else "create_wordpress_site"
        steps = ("back_up_source", first, *_COPYING)
        return Plan("promoteSite", steps, {"url": target.url}, checks)

    def promote(
        self, source: Site, wanted: Promotion, origin: Origin, health: Check
    ) -> tuple[Site, str, tuple[Check, ...]]:
        """Begin to promote a site; the promoted site, the operation's id and what was checked.

        The same address in the next environment is created, or the site that is there already is
        refreshed and keeps serving meanwhile.

        Raises:
            IllegalPromotion: along any other path, or when a check failed.
            IllegalTransition: when source or target is in no state for it.
            OperationInFlight: when an operation works on one of them.
            SubdomainTaken, QuotaExceeded: as at a creation.
        """
        existing = self.check_path(source, wanted)
        checks = self._checks(source, health)
        backup_id = identifiers.new_backup_id(self._work.clock())
        inputs: dict[str, Any] = {
            "sourceSiteId": source.site_id,
            "sourceBackupId": backup_id,
            "isRefresh": existing is not None,
            "checks": [asdict(check) for check in checks],
        }
        if origin.request_digest is not None:
            inputs["requestDigest"] = origin.request_digest
        if existing is not None:
            return *self._refresh(existing, source, origin, inputs), checks
        target = self._promoted(source, wanted, origin)
        operation = self._operation(OperationType.SITE_PROMOTION, target, origin, inputs)
        return *self._store_new(target, operation, source, backup_id), checks

    def promoted_before(
        self, source: Site, wanted: Promotion, origin: Origin
    ) -> tuple[Site, str, tuple[Check, ...]] | None:
        """What `promote` gave for this very request, whose function died before it could answer."""
        environment = wanted.target_environment
        promoted = self._begun_before(source, source.subdomain, environment, origin)
        if promoted is None:
            return None
        site, operation_id = promoted
        operation = self._work.repository.operation_of([site.tenant_id], operation_id)
        checks = operation.inputs.get("checks", []) if operation else []
        return site, operation_id, tuple(Check(**check) for check in checks)

    def _begun_before(
        self, source: Site, subdomain: str, environment: Environment, origin: Origin
    ) -> tuple[Site, str] | None:
        """The copy that this very request has begun before, be it a new site or a refreshed one.

        It is looked for before anything is checked: the source is busy with it.
        """
        if origin.request_digest is None:
            return None
        repository, tenant_id = self._work.repository, source.tenant_id
        address = repository.address(subdomain, environment)
        created = self._creation.created_by(tenant_id, origin.request_digest, address)
        if created is not None or address is None:
            return created
        site = repository.site(tenant_id, address["siteId"])
        if site is None:
            return None
        found = (
            repository.latest_operation(tenant_id, site.site_id)
            if site.active_operation_id is None
            else repository.operation_of([tenant_id], site.active_operation_id)
        )
        if found is None or found.inputs.get("requestDigest") != origin.request_digest:
            return None
        return site, found.operation_id

    def check_path(self, source: Site, wanted: Promotion) -> Site | None:
        """The site that the promotion refreshes, if there is one. Raises as `promote`."""
        if _NEXT.get(source.environment) is not wanted.target_environment:
            raise IllegalPromotion(
                f"A site in {source.environment} cannot be promoted to {wanted.target_environment}.",
                {"environment": source.environment, "targetEnvironment": wanted.target_environment},
            )
        require_status(source, SiteStatus.ACTIVE, SiteStatus.SUSPENDED)
        require_free(source)
        address = self._work.repository.address(source.subdomain, wanted.target_environment)
        if address is None:
            return None
        if address["tenantId"] != source.tenant_id:
            raise SubdomainTaken(source.subdomain)
        existing = self._work.repository.site(source.tenant_id, address["siteId"])
        if existing is None:
            raise LookupError(f"address of {source.subdomain} without a site")
        require_free(existing)
        if existing.status is not SiteStatus.ACTIVE:
            raise IllegalTransition(
                f"The site in {existing.environment}, which would be refreshed, must be ACTIVE; it is"
                f" {existing.status}.",
                {
                    "siteId": existing.site_id,
                    "environment": existing.environment,
                    "currentStatus": existing.status,
                },
            )
        return existing

    def _checks(self, source: Site, health: Check) -> tuple[Check, ...]:
        """Raises PromotionChecksFailed when one of them did."""
        checks = (health, self._vulnerabilities(source), self._backup(source))
        if not all(check.passed for check in checks):
            raise PromotionChecksFailed(
                "The site cannot be promoted in its present state.",
                {"checks": [check.shown() for check in checks]},
            )
        return checks

    def _vulnerabilities(self, source: Site) -> Check:
        """No active plugin may have a known vulnerability."""
        active = {
            item["pluginId"]: item["version"]
            for item in self._work.repository.installed_plugins(source)
            if item["isActive"]
        }
        affected = sorted(
            f"{plugin['pluginId']} {active[plugin['pluginId']]}"
            for plugin in self._work.repository.catalogue_plugins(active)
            if known_vulnerabilities(plugin, active[plugin["pluginId"]])
        )
        message = f"Known vulnerabilities: {', '.join(affected)}" if affected else None
        return Check("pluginVulnerabilities", not affected, message)

    def _backup(self, source: Site) -> Check:
        """There is always one: the promotion's first step makes it."""
        last = self._work.repository.backup(source, source.backup_id) if source.backup_id else None
        known = f"The last one is of {last['completedAt']}. " if last else ""
        return Check("freshBackup", passed=True, message=f"{known}Another is made first.")

    def _promoted(self, source: Site, wanted: Promotion, origin: Origin) -> Site:
        copied = NewSite.model_construct(
            site_name=source.site_name,
            subdomain=source.subdomain,
            environment=wanted.target_environment,
        )
        return self._target(source, copied, origin)

    def _target(self, source: Site, wanted: NewSite, origin: Origin) -> Site:
        now = self._work.clock()
        return new_site(
            source.tenant_id,
            wanted,
            origin,
            identifiers.new_operation_id(now),
            now,
            configuration={**source.configuration, **_title(source, wanted)},
        )

    def _operation(
        self, kind: OperationType, target: Site, origin: Origin, inputs: Mapping[str, Any]
    ) -> Operation:
        operation_id = target.active_operation_id or ""
        return self._work.operation(kind, target, origin, self._work.clock(), operation_id, inputs)

    def _store_new(
        self, target: Site, operation: Operation, source: Site, backup_id: str | None = None
    ) -> tuple[Site, str]:
        now = self._work.clock()
        held = source.changed(timestamp(now), active_operation_id=operation.operation_id)
        backup = [] if backup_id is None else [new_backup(source, backup_id, operation)]
        try:
            self._work.repository.create_copy(target, operation, held, *backup)
        except TransactionRefused as refusal:
            is_source_changed = refusal.found[6] is not None
            if is_source_changed:
                self._work.refuse_changed(source)
            return self._creation.already_created(target, refusal.found)
        self._work.send(operation, now)
        return target, operation.operation_id

    def _refresh(
        self, target: Site, source: Site, origin: Origin, inputs: Mapping[str, Any]
    ) -> tuple[Site, str]:
        now = self._work.clock()
        operation_id = identifiers.new_operation_id(now)
        target_backup = identifiers.new_backup_id(now)
        operation = self._work.operation(
            OperationType.SITE_PROMOTION,
            target,
            origin,
            now,
            operation_id,
            {**inputs, "backupId": target_backup},
        )
        busy = target.changed(timestamp(now), active_operation_id=operation_id)
        held = source.changed(timestamp(now), active_operation_id=operation_id)
        try:
            self._work.repository.begin_refresh(
                busy,
                held,
                operation,
                new_backup(source, inputs["sourceBackupId"], operation),
                new_backup(target, target_backup, operation),
            )
        except TransactionRefused:
            self._work.refuse_changed(source)
        self._work.send(operation, now)
        return busy, operation_id


def _require_copyable(source: Site, environment: Environment) -> None:
    require_not_prod(environment)
    require_status(source, SiteStatus.ACTIVE, SiteStatus.SUSPENDED)
    require_free(source)


def _title(source: Site, wanted: NewSite) -> dict[str, str]:
    """A copy under another name has that name as its title."""
    return {} if wanted.site_name == source.site_name else {"title": wanted.site_name}

"""SITE_CREATION: a PROVISIONING site becomes a site in WordPress, and ACTIVE."""

from typing import Final

from bbws_shared import reservations
from bbws_shared.events import EventType
from bbws_shared.observability import Metric
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.timestamps import seconds_between
from bbws_shared.wordpress_transport import WordPressUnavailable
from processor.failures import Failure
from processor.workflow import Done, Ending, Step, Work, Workflow


def _create_wordpress_site(work: Work) -> Done:
    site = work.site
    created = work.wordpress.create_site(
        site.site_id, site.domain, site.site_name, site.configuration
    )
    return Done(
        site={
            "wordpress_site_id": created.id,
            "admin_url": created.admin_url,
            "wordpress_version": created.wordpress_version,
            "php_version": created.php_version,
        }
    )


def _configure_site(work: Work) -> Done:
    work.wordpress.update_site(work.site.wordpress_id, work.site.configuration)
    return Done()


def _verify_site(work: Work) -> Done:
    found = work.wordpress.get_site(work.site.wordpress_id)
    if found.status != "active" or found.external_id != work.site.site_id:
        raise WordPressUnavailable(f"WordPress says the new site is {found.status}")
    return Done()


def _succeed(site: Site, operation: Operation, at: str) -> Ending:
    active = site.transition(SiteStatus.ACTIVE, at, active_operation_id=None, status_reason=None)
    duration = seconds_between(operation.created_at, at)
    return Ending(
        active,
        EventType.SITE_CREATED,
        f"The site is ready at {active.url}",
        {"url": active.url, "siteName": active.site_name, "environment": active.environment},
        [(Metric.SITE_CREATED, 1), (Metric.SITE_CREATION_DURATION, duration)],
    )


def _fail(site: Site, _operation: Operation, at: str, failure: Failure) -> Ending:
    """The site FAILED; where nothing was built its address and its place are free again."""
    is_unbuilt = site.wordpress_site_id is None and failure.left_nothing and site.holds_address
    failed = site.transition(
        SiteStatus.FAILED,
        at,
        active_operation_id=None,
        status_reason=failure.message,
        holds_address=site.holds_address and not is_unbuilt,
    )
    return Ending(
        failed,
        EventType.SITE_CREATION_FAILED,
        facts={"error": failure.told(), "siteName": site.site_name},
        measures=[(Metric.SITE_CREATION_FAILED, 1)],
        writes=reservations.release(site) if is_unbuilt else [],
    )


def create_wordpress_site_step(progress: int) -> Step:
    """Create the site in WordPress, or find the one that was created before."""
    return Step(
        "create_wordpress_site", "Creating the site in WordPress", progress, _create_wordpress_site
    )


def verify_site_step(progress: int) -> Step:
    """Ask WordPress whether the site is there and active."""
    return Step("verify_site", "Checking that the site works", progress, _verify_site)


CREATION: Final = Workflow(
    OperationType.SITE_CREATION,
    (
        create_wordpress_site_step(60),
        Step("configure_site", "Configuring the site", 80, _configure_site),
        verify_site_step(95),
    ),
    _succeed,
    _fail,
)

"""TEMPLATE_APPLICATION: a site gets a template's theme, content and plugins, after a backup.

What is applied is the template as it was checked, kept in the operation's inputs. Its plugins are
vetted again: before the site is touched, and each one right before it is installed.
"""

from typing import Any, Final

from bbws_shared.events import EventType
from bbws_shared.observability import Metric
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site
from bbws_shared.template_application import STEPS
from bbws_shared.vetting import SECURITY_ERRORS
from bbws_shared.wordpress_transport import WordPressUnavailable
from processor.failures import Failure
from processor.template_plugins import TemplatePlugins
from processor.template_uses import moved_use
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow
from processor.workflows.backup import back_up_site_step, given_up_backup

_BACK_UP, _INSTALL_THEME, _IMPORT_CONTENT, _INSTALL_PLUGINS, _VERIFY = STEPS


def _install_theme(work: Work) -> Done:
    """The first step that changes the site; so whatever forbids a plugin by now ends it here."""
    TemplatePlugins(work).releases()
    theme = work.operation.inputs["theme"]
    work.wordpress.set_theme(
        work.site.wordpress_id, theme["stylesheet"], theme["packageUrl"], theme["sha256"]
    )
    return Done()


def _import_content(work: Work) -> Done | Continue:
    content: dict[str, Any] | None = work.operation.inputs.get("content")
    if content is None:
        return Done()
    batch = work.wordpress.import_content(
        work.site.wordpress_id,
        work.operation.operation_id,
        content["packageUrl"],
        content["sha256"],
        work.operation.facts.get("importCursor"),
    )
    if not batch.done:
        return Continue({"importCursor": batch.cursor}, batch.progress)
    return Done()


def _install_plugins(work: Work) -> Done | Continue:
    """Install one plugin, then be called for the next; each one costs a download."""
    plugin_ids: list[str] = work.operation.inputs["plugins"]
    settled: list[str] = work.operation.facts.get("pluginsSettled", [])
    waiting = [plugin_id for plugin_id in plugin_ids if plugin_id not in settled]
    if not waiting:
        return Done()
    is_new = TemplatePlugins(work).install(waiting[0])
    new: list[str] = work.operation.facts.get("pluginsInstalled", [])
    facts = {
        "pluginsSettled": [*settled, waiting[0]],
        "pluginsInstalled": [*new, waiting[0]] if is_new else new,
    }
    return Continue(facts, 100 * (len(settled) + 1) // len(plugin_ids))


def _verify_site(work: Work) -> Done:
    """Ask WordPress; then the site says which template it has, and the template who uses it."""
    inputs = work.operation.inputs
    found = work.wordpress.get_site(work.site.wordpress_id)
    if found.status != "active" or found.theme != inputs["theme"]["stylesheet"]:
        raise WordPressUnavailable(f"the site is {found.status} with the theme {found.theme}")
    active = {p.slug for p in work.wordpress.plugins(work.site.domain) if p.status != "inactive"}
    if not active.issuperset(inputs["plugins"]):
        raise WordPressUnavailable("not every plugin of the template is active")
    template_id = inputs["templateId"]
    return Done(
        site={"template_id": template_id, "template_version": inputs["templateVersion"]},
        writes=moved_use(work.table, work.site.template_id, template_id),
    )


def _applied(site: Site, operation: Operation, at: str) -> Ending:
    installed = operation.facts.get("pluginsInstalled", [])
    plugins = [(Metric.PLUGIN_INSTALLED, float(len(installed)))] if installed else []
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.TEMPLATE_APPLIED,
        f"The template is applied to {site.url}",
        {
            "templateId": operation.inputs["templateId"],
            "templateVersion": operation.inputs["templateVersion"],
            "backupId": operation.inputs["backupId"],
            "siteName": site.site_name,
        },
        [(Metric.TEMPLATE_APPLIED, 1), *plugins],
    )


def _failed(site: Site, operation: Operation, at: str, failure: Failure) -> Ending:
    """The site stays ACTIVE with what it has got by then; its backup is there to be restored."""
    is_blocked = failure.code in {error.code for error in SECURITY_ERRORS}
    given_up = given_up_backup(site, operation, at)
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.TEMPLATE_APPLICATION_FAILED,
        facts={
            "error": failure.told(),
            "templateId": operation.inputs["templateId"],
            "backupId": None if given_up else operation.inputs["backupId"],
            "siteName": site.site_name,
        },
        measures=[(Metric.PLUGIN_SECURITY_BLOCKED, 1)] if is_blocked else [],
        writes=given_up,
    )


TEMPLATE_APPLICATION: Final = Workflow(
    OperationType.TEMPLATE_APPLICATION,
    (
        back_up_site_step(30),
        Step(_INSTALL_THEME, "Installing the theme", 45, _install_theme),
        Step(_IMPORT_CONTENT, "Importing the content", 65, _import_content),
        Step(_INSTALL_PLUGINS, "Installing plugins", 90, _install_plugins),
        Step(_VERIFY, "Checking that the site works", 95, _verify_site),
    ),
    _applied,
    _failed,
)

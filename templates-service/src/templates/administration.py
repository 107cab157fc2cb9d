"""What staff does with templates: write them, publish them, take them from the list, delete them."""

from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.errors import PreconditionFailed, TemplateInUse, TemplateNotFound
from bbws_shared.plans import Plan
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import Clock, timestamp
from templates.models import NewTemplate, TemplateContent, is_template_id
from templates.repository import ARCHIVED, DRAFT, PUBLISHED, TemplateRepository

TRANSITIONS: Final = {DRAFT: PUBLISHED, PUBLISHED: ARCHIVED, ARCHIVED: PUBLISHED}
"""The status that may follow each."""
_OPTIONAL: Final = ("thumbnailUrl", "content")


class TemplateAdministration:
    """Each change is checked, then planned or made."""

    def __init__(self, repository: TemplateRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def template(self, template_id: str) -> Item:
        """A template of any status. Raises TemplateNotFound."""
        template = self._repository.template(template_id) if is_template_id(template_id) else None
        if template is None:
            raise TemplateNotFound(template_id)
        return template

    def check_creation(self, wanted: NewTemplate) -> Plan:
        """Raises TemplateInUse when the id is taken."""
        if self._repository.template(wanted.template_id) is not None:
            raise _taken(wanted.template_id)
        return Plan("createTemplate", (), {**wanted.given(), "status": DRAFT})

    def create(self, wanted: NewTemplate) -> Item:
        """Store a new template, as a draft. Raises TemplateInUse when its id is taken."""
        at = timestamp(self._clock())
        pk, sk = keys.template(wanted.template_id)
        template: Item = {
            "PK": pk,
            "SK": sk,
            **_status(DRAFT),
            **_content(wanted, wanted.template_id),
            "revision": 1,
            "createdAt": at,
            "updatedAt": at,
        }
        try:
            self._repository.insert(template)
        except ConditionFailed:
            raise _taken(wanted.template_id) from None
        return template

    def check_update(self, wanted: TemplateContent) -> Plan:
        """What an update would set."""
        return Plan("updateTemplate", (), wanted.given())

    def update(self, template: Item, wanted: TemplateContent) -> Item:
        """Set all of a template but its id and status. Raises PreconditionFailed in a race."""
        content = _content(wanted, template["templateId"])
        dropped: list[str] = [n for n in _OPTIONAL if n in template and n not in content]
        try:
            return self._changed(template, content, dropped)
        except ConditionFailed:
            raise _raced() from None

    def check_status(self, template: Item, status: str) -> Plan:
        """Raises TemplateInUse when no arrow leads from the template's status to `status`."""
        present = template["status"]
        if TRANSITIONS[present] != status:
            raise TemplateInUse(
                f"A template that is {present} cannot become {status}.",
                {"currentStatus": present, "requestedStatus": status},
            )
        action = "publishTemplate" if status == PUBLISHED else "archiveTemplate"
        return Plan(action, (), {"status": status})

    def set_status(self, template: Item, status: str) -> Item:
        """Publish a template, or take it from the list. Raises TemplateInUse, also in a race."""
        self.check_status(template, status)
        try:
            return self._changed(template, _status(status))
        except ConditionFailed:
            raise TemplateInUse(
                "The template was changed at the same moment; read it and ask again.",
                {"templateId": template["templateId"]},
            ) from None

    def check_deletion(self, template: Item) -> Plan:
        """Raises TemplateInUse while a site uses the template."""
        used_by = template.get("usedBy", 0)
        if used_by:
            raise TemplateInUse(
                f"Template '{template['templateId']}' is in use.",
                {"templateId": template["templateId"], "usedBy": used_by},
            )
        return Plan("deleteTemplate")

    def delete(self, template: Item) -> None:
        """Remove a template. Raises TemplateInUse, or PreconditionFailed in a race."""
        self.check_deletion(template)
        try:
            self._repository.delete(template)
        except ConditionFailed:
            self.check_deletion(self.template(template["templateId"]))
            raise _raced() from None

    def _changed(
        self, before: Item, changes: dict[str, Any], dropped: list[str] | None = None
    ) -> Item:
        changes = {
            **changes,
            "revision": before.get("revision", 0) + 1,
            "updatedAt": timestamp(self._clock()),
        }
        self._repository.change(before, changes, dropped or [])
        kept = {name: value for name, value in before.items() if name not in (dropped or [])}
        return {**kept, **changes}


def _content(wanted: TemplateContent, template_id: str) -> Item:
    return {**wanted.given(), "GSI2SK": keys.by_category(wanted.category, template_id)}


def _status(status: str) -> Item:
    return {"status": status, "GSI2PK": keys.templates_by_status(status)}


def _taken(template_id: str) -> TemplateInUse:
    return TemplateInUse(
        f"There is a template '{template_id}' already.", {"templateId": template_id}
    )


def _raced() -> PreconditionFailed:
    return PreconditionFailed("The template was changed at the same moment.")

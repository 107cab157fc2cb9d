"""The access patterns of templates."""

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.catalogue import Catalogue
from bbws_shared.table import Table

PUBLISHED = "PUBLISHED"


class TemplateRepository:
    """Templates in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._published = Catalogue(table, keys.templates_by_status(PUBLISHED))

    def published(self) -> list[Item]:
        """All published templates, at most a minute old."""
        return self._published.entries()

    def template(self, template_id: str) -> Item | None:
        """A template of any status."""
        return self._table.get(keys.template(template_id))

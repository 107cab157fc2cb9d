"""Reading templates, and the sites that they are to be applied to."""

from bbws_shared import identifiers
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller, Permission
from bbws_shared.catalogue import catalogue_page
from bbws_shared.errors import SiteNotFound, TemplateNotFound
from bbws_shared.pagination import PageTokens
from bbws_shared.sites import Site
from templates.models import TemplateQuery, is_template_id
from templates.repository import PUBLISHED, TemplateRepository


class TemplateService:
    """Reads the template marketplace."""

    def __init__(self, repository: TemplateRepository, tokens: PageTokens) -> None:
        self._repository = repository
        self._tokens = tokens

    def templates(self, query: TemplateQuery) -> tuple[list[Item], str | None]:
        """A page of the published templates, and the next page's token."""
        entries = [
            template
            for template in self._repository.published()
            if query.category in (None, template["category"])
        ]
        scope = ["templates", query.category]
        return catalogue_page(self._tokens, entries, query.limit, query.next_token, scope)

    def template(self, template_id: str, caller: Caller) -> Item:
        """A published template; staff see the others as well. Raises TemplateNotFound."""
        template = self._repository.template(template_id) if is_template_id(template_id) else None
        if template is None or not (
            template["status"] == PUBLISHED or caller.may(Permission.ADMINISTER_CATALOGUE)
        ):
            raise TemplateNotFound(template_id)
        return template

    def site(self, tenant_id: str, site_id: str, caller: Caller) -> Site:
        """A site. Raises SiteNotFound, also when its tenant is not one of the caller's."""
        site = None
        if caller.belongs_to(tenant_id) and identifiers.SITE_ID.fullmatch(site_id):
            site = self._repository.site(tenant_id, site_id)
        if site is None:
            raise SiteNotFound(site_id)
        return site

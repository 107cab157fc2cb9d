"""The routes of templates-service: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.attributes import Item
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from bbws_shared.plans import plan_answer
from templates.administration import TemplateAdministration
from templates.application import Origin, TemplateApplication
from templates.models import Application, NewTemplate, TemplateContent, TemplateQuery
from templates.preview import PreviewLinks
from templates.repository import ARCHIVED, PUBLISHED
from templates.service import TemplateService
from templates.views import (
    etag,
    operation_path,
    show_administered,
    show_application,
    show_template,
)

SERVICE: Final = "templates-service"
_TEMPLATE: Final = "/v1.0/admin/templates/{template_id}"


def template_routes(app: App, service: TemplateService, links: PreviewLinks) -> None:
    """List, get and preview templates."""

    @app.route("GET", "/v1.0/templates")
    def list_templates(request: Request) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        items, next_token = service.templates(request.parse_query(TemplateQuery))
        return list_answer(request, [show_template(item) for item in items], next_token)

    @app.route("GET", "/v1.0/templates/{template_id}")
    def get_template(request: Request, template_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        template = service.template(template_id, request.caller)
        return answer(HTTPStatus.OK, show_template(template), {"ETag": etag(template)})

    @app.route("GET", "/v1.0/templates/{template_id}/preview")
    def preview_template(request: Request, template_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        service.template(template_id, request.caller)
        link = links.link(template_id)
        body = {
            "templateId": template_id,
            "previewUrl": link.url,
            "expiresAt": link.expires_at,
        }
        return answer(HTTPStatus.OK, body)


def application_routes(
    app: App, service: TemplateService, application: TemplateApplication
) -> None:
    """Apply templates to sites."""

    @app.route("POST", "/v1.0/tenants/{tenant_id}/sites/{site_id}/apply-template", plans=True)
    def apply_template(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.APPLY_TEMPLATES)
        wanted = request.parse_body(Application)
        site = service.site(tenant_id, site_id, request.caller)
        origin = Origin(request.caller, request.correlation_id, request.digest)
        if request.validate_only:
            return plan_answer(application.check(site, wanted, origin))
        operation = application.apply(site, wanted, origin)
        location = {"Location": operation_path(operation)}
        return answer(HTTPStatus.ACCEPTED, show_application(operation), location)


def administration_routes(app: App, administration: TemplateAdministration) -> None:
    """Write and delete templates."""

    @app.route("POST", "/v1.0/admin/templates", plans=True)
    def create_template(request: Request) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        wanted = request.parse_body(NewTemplate)
        if request.validate_only:
            return plan_answer(administration.check_creation(wanted))
        created = administration.create(wanted)
        location = {"Location": f"/v1.0/templates/{wanted.template_id}"}
        return _administered(HTTPStatus.CREATED, created, location)

    @app.route("PUT", _TEMPLATE, plans=True)
    def update_template(request: Request, template_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        wanted = request.parse_body(TemplateContent)
        found = administration.template(template_id)
        request.require_match(etag(found))
        if request.validate_only:
            return plan_answer(administration.check_update(wanted))
        return _administered(HTTPStatus.OK, administration.update(found, wanted))

    @app.route("DELETE", _TEMPLATE, plans=True)
    def delete_template(request: Request, template_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        found = administration.template(template_id)
        request.require_match(etag(found))
        if request.validate_only:
            return plan_answer(administration.check_deletion(found))
        administration.delete(found)
        return answer(HTTPStatus.NO_CONTENT)


def publication_routes(app: App, administration: TemplateAdministration) -> None:
    """Publish and archive templates."""

    @app.route("POST", f"{_TEMPLATE}/publish", plans=True)
    def publish_template(request: Request, template_id: str) -> dict[str, Any]:
        return _change_status(request, template_id, PUBLISHED)

    @app.route("POST", f"{_TEMPLATE}/archive", plans=True)
    def archive_template(request: Request, template_id: str) -> dict[str, Any]:
        return _change_status(request, template_id, ARCHIVED)

    def _change_status(request: Request, template_id: str, status: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        found = administration.template(template_id)
        if request.validate_only:
            return plan_answer(administration.check_status(found, status))
        return _administered(HTTPStatus.OK, administration.set_status(found, status))


def _administered(
    status: int, template: Item, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    return answer(status, show_administered(template), {"ETag": etag(template), **(headers or {})})

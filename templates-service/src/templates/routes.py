"""The routes of templates-service: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from templates.models import TemplateQuery, etag, show_template
from templates.service import TemplateService

SERVICE: Final = "templates-service"


def template_routes(app: App, service: TemplateService) -> None:
    """List and get templates."""

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

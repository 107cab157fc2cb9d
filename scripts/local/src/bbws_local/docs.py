"""`/docs` beside the API: its OpenAPI document in a browser, with assets from a package and no CDN."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any, Final

import swagger_ui_bundle

from bbws_local.serving import Request, Response, json_response

_PREFIX: Final = "/docs"
_ASSETS: Final = Path(swagger_ui_bundle.swagger_ui_path)
_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>$title</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
  <div id="api"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script>
    SwaggerUIBundle({url: "/docs/openapi.json", dom_id: "#api", deepLinking: true});
  </script>
</body>
</html>
""")


class Docs:
    """Shows a document whose server is the API at `api_url()`."""

    def __init__(self, document: dict[str, Any], api_url: Callable[[], str]) -> None:
        self._document = document
        self._api_url = api_url

    @staticmethod
    def concerns(path: str) -> bool:
        """Whether a request's path is one of the documentation's."""
        return path == _PREFIX or path.startswith(f"{_PREFIX}/")

    def serve(self, request: Request) -> Response:
        """The page, the document, or one of the page's assets."""
        name = request.path.removeprefix(_PREFIX).strip("/")
        if not name:
            page = _PAGE.substitute(title=self._document["info"]["title"])
            return Response(200, page.encode(), [("Content-Type", "text/html; charset=utf-8")])
        if name == "openapi.json":
            return json_response(200, self._shown())
        asset = _ASSETS / name
        if "/" in name or not asset.is_file():
            return json_response(404, {"message": "Not Found"})
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(200, asset.read_bytes(), [("Content-Type", kind)])

    def _shown(self) -> dict[str, Any]:
        """The document without what is API Gateway's business."""
        paths = {
            path: {name: _public(value) for name, value in item.items() if not _is_private(name)}
            for path, item in self._document["paths"].items()
        }
        components = {k: v for k, v in self._document["components"].items() if not _is_private(k)}
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return {
            **{k: v for k, v in self._document.items() if not _is_private(k)},
            "servers": [{"url": self._api_url()}],
            "paths": {path: item for path, item in paths.items() if set(item) - {"parameters"}},
            "components": {**components, "securitySchemes": {"cognito": bearer}},
        }


def _is_private(name: str) -> bool:
    return name.startswith("x-amazon-")


def _public(operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    return {name: value for name, value in operation.items() if not _is_private(name)}

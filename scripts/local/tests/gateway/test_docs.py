"""/docs: the document in a browser, from this machine alone."""

import re
from typing import Any

import pytest

from bbws_local.docs import Docs
from bbws_local.events import load_document
from bbws_local.serving import Request, Response
from bbws_local.testing import ROOT

API = "http://127.0.0.1:8080/dev"


@pytest.fixture
def docs() -> Docs:
    return Docs(load_document(ROOT / "openapi" / "site-management.yaml"), lambda: API)


def _get(docs: Docs, path: str) -> Response:
    assert docs.concerns(path)
    return docs.serve(Request("GET", path, [], b""))


def _header(response: Response, name: str) -> str:
    return dict(response.headers)[name]


def test_the_page_loads_only_what_is_served_beside_it(docs: Docs) -> None:
    page = _get(docs, "/docs")
    assert (page.status, _header(page, "Content-Type")) == (200, "text/html; charset=utf-8")
    text = page.body.decode()
    assert "http" not in text.replace("https://", "http://").split("<body>")[1]
    for asset in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert _get(docs, asset).status == 200


def test_assets_have_their_types(docs: Docs) -> None:
    assert "javascript" in _header(_get(docs, "/docs/swagger-ui-bundle.js"), "Content-Type")
    assert _header(_get(docs, "/docs/swagger-ui.css"), "Content-Type") == "text/css"


def test_the_document_is_the_apis_with_this_stack_as_its_server(docs: Docs) -> None:
    import json

    shown: dict[str, Any] = json.loads(_get(docs, "/docs/openapi.json").body)
    assert shown["servers"] == [{"url": API}]
    assert "x-amazon" not in json.dumps(shown)
    assert "get" in shown["paths"]["/v1.0/templates"]
    assert shown["components"]["securitySchemes"]["cognito"]["scheme"] == "bearer"


@pytest.mark.parametrize("path", ["/docs/none.js", "/docs/../swagger_ui_bundle/__init__.py"])
def test_nothing_else_is_served(docs: Docs, path: str) -> None:
    assert _get(docs, path).status == 404


def test_other_paths_are_none_of_its(docs: Docs) -> None:
    assert not docs.concerns("/dev/v1.0/templates")
    assert not docs.concerns("/docsy")

"""What a person sees of a site, in a real browser over HTTPS. Screenshots stay in .build/test/screenshots."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from e2e.conftest import ROOT
from e2e.portal import Json, Portal
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from bbws_local.realwordpress.container import RealContainers
from bbws_local.stack import LocalStack
from wordpress.changes import do

pytestmark = pytest.mark.timeout(300)
SCREENSHOTS = ROOT / ".build/test/screenshots"
# Nothing but the page: no first run, no updates, no calls of the browser's own to anywhere.
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
]


class Browser:
    """Chromium, for which every host is the stack's load balancer."""

    def __init__(self, program: str, port: int, profile: Path) -> None:
        self._command = [
            program,
            *QUIET,
            f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
            "--ignore-certificate-errors",
            f"--user-data-dir={profile}",
            "--window-size=1200,900",
            "--virtual-time-budget=10000",
        ]

    def show(self, site: Json, name: str) -> str:
        """The page as the browser has it; its picture is kept under a name."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        picture = SCREENSHOTS / f"{name}.png"
        picture.unlink(missing_ok=True)
        page = f"{site['url']}/"
        self._run(f"--screenshot={picture}", page)
        assert picture.stat().st_size > 5000
        return self._run("--dump-dom", page)

    def _run(self, *arguments: str) -> str:
        run = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, timeout=90, check=False
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def https_port(stack: LocalStack) -> Iterator[int]:
    """TLS ends here, as at the load balancer, which says so to WordPress."""
    containers = RealContainers(urlsplit(stack.wordpress_url).port or 80)

    @Request.application
    def with_proto(request: Request) -> Response:
        request.environ["HTTP_X_FORWARDED_PROTO"] = "https"
        return containers.answer(request)

    server = make_server("127.0.0.1", 0, with_proto, threaded=True, ssl_context="adhoc")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(https_port: int, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        assert not os.environ.get("CI"), "CI has to have a browser: apt-get install chromium"
        pytest.skip("NOT RUN in a browser; it lacks: apt-get install chromium")
    return Browser(program, https_port, tmp_path_factory.mktemp("chromium"))


def test_a_person_sees_the_title_the_templates_content_and_the_holding_page(
    portal: Portal, browser: Browser
) -> None:
    site = portal.active_site("trattoria")
    do(portal, "PUT", site["siteId"], {"configuration": {"title": "Da Mario"}})
    fresh = browser.show(site, "1-created")
    assert "<title>Da Mario" in fresh
    assert "Hello world!" in fresh

    template = portal.get("/v1.0/templates")["items"][0]
    do(portal, "POST", f"{site['siteId']}/apply-template", {"templateId": template["templateId"]})
    applied = browser.show(site, "2-template-applied")
    assert "We are open" in applied
    assert "Da Mario" in applied
    assert "Hello world!" not in applied

    do(portal, "PUT", f"{site['siteId']}/status", {"status": "SUSPENDED", "reason": "unpaid"})
    suspended = browser.show(site, "3-suspended")
    assert "not available at the moment" in suspended
    assert "We are open" not in suspended

"""A deployment under constant load drops no request; a bad version is left by itself, and few notice."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from e2e.conftest import ROOT
from e2e.portal import Backstage, Portal
from terraform.present import stack_on_terraform
from terraform.workbench import Workbench

from bbws_local.specification import SERVICES
from bbws_local.stack import LocalStack
from bbws_local.terraform.account import architecture
from deployment.load import Load
from deployment.releases import Releases

pytestmark = pytest.mark.timeout(900)
SHARE = re.compile(r"^(?P<percent>\d+) % of the calls", re.MULTILINE)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with stack_on_terraform(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(tmp_path_factory.mktemp("checkout"))


@dataclass(frozen=True)
class Deployment:
    """How `scripts/deploy` ended, what it printed, and when calls were shifted (monotonic seconds)."""

    status: int
    output: str
    shifted_at: list[float]
    ended_at: float


@pytest.fixture(scope="module")
def deploy(
    stack: LocalStack, releases: Releases, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], Deployment]:
    """Deploy the checkout as a person would, watching so many seconds after each shift."""
    cache = tmp_path_factory.mktemp("terraform-home")
    bench = Workbench(releases.checkout, stack.aws_endpoint_url, cache)
    environment = {
        **bench.environment(),
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "TF_VAR_wordpress_base_url": stack.wordpress_url,
        "TF_VAR_architecture": architecture(),
        "PYTHONUNBUFFERED": "1",
    }

    def run(watch_seconds: int) -> Deployment:
        command = [ROOT / "scripts/deploy", "--environment", "dev", "--root", releases.checkout]
        shifted, lines = [], []
        with subprocess.Popen(
            [*map(str, command), "--watch-seconds", str(watch_seconds)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            for line in running.stdout or ():
                lines.append(line)
                if SHARE.match(line):
                    shifted.append(time.monotonic())
        return Deployment(running.returncode, "".join(lines), shifted, time.monotonic())

    return run


def _live(stack: LocalStack) -> dict[str, tuple[str, dict[str, float]]]:
    """The version of each service that serves, and which others get a share."""
    found = {}
    for service in SERVICES:
        alias = stack.clients.lambda_.get_alias(
            FunctionName=stack.specification.function(service).name, Name="live"
        )
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        found[service] = alias["FunctionVersion"], dict(weights)
    return found


def test_a_deployment_drops_no_request(
    stack: LocalStack,
    releases: Releases,
    deploy: Callable[[int], Deployment],
    record_property: Callable[[str, object], None],
) -> None:
    before = _live(stack)
    releases.build("second")
    with Load(Portal.of(stack)) as load:
        done = deploy(10)
        time.sleep(5)
    assert done.status == 0, done.output
    assert len(done.shifted_at) == 2
    assert load.failed() == []
    after = _live(stack)
    for service in SERVICES:
        assert int(after[service][0]) == int(before[service][0]) + 1
        assert after[service][1] == {}
    during = [one for one in load.answers if done.shifted_at[0] <= one.at < done.ended_at]
    record_property("answers", len(load.answers))
    assert len(during) > 200


def test_a_bad_version_is_left_by_itself_and_a_tenth_of_its_callers_notice(
    stack: LocalStack, releases: Releases, deploy: Callable[[int], Deployment]
) -> None:
    before = _live(stack)
    releases.break_sites()
    portal = Portal.of(stack)
    with Load(portal) as load:
        done = deploy(300)
        time.sleep(5)
        settled = time.monotonic()
        time.sleep(10)
    assert done.status == 1, done.output
    assert "bbws-wp-rollback-lambda-errors-dev" in done.output
    assert _live(stack) == before
    # The alarm's period is five minutes.
    assert done.ended_at - done.shifted_at[0] < 300
    of_sites = [one for one in load.answers if one.path == portal.sites and one.at < settled]
    tried = [one for one in of_sites if one.at >= done.shifted_at[0]]
    failed = load.failed()
    assert {one.path for one in failed} == {portal.sites}
    assert {one.status for one in failed} == {500}
    assert 0.05 < len(failed) / len(tried) < 0.2
    assert load.failed(since=settled) == []
    told = [m["Body"] for m in Backstage(stack).messages("bbws-local-notifications-dev")]
    assert any("Roll" in text for text in told), told

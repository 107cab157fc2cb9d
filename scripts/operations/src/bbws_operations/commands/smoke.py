"""`smoke_health`: does the API answer, with the version that was deployed?"""

import json
import time
import urllib.error
import urllib.request
from typing import Any, Final

import click

from bbws_operations.artifacts import package_in, version_in, version_of_tag
from bbws_operations.environment import ROOT, SERVICES, Environment, environment_options
from bbws_operations.errors import Failure

_PATH: Final = "/v1.0/health"
_TIMEOUT_SECONDS: Final = 35
"""API Gateway gives up after 30 (HTTP API quotas)."""


@click.command()
@environment_options
@click.option("--artifact-version", help="The release that must answer: v1.0.5.")
@click.option(
    "--built", is_flag=True, help="The version of scripts/build_all.sh's packages must answer."
)
@click.option(
    "--api-url",
    envvar="API_URL",
    help="Base of the API with its stage; default: looked up. API_URL says it too.",
)
@click.option(
    "--within-seconds",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="How long it is tried again.",
)
def smoke_health(
    environment: Environment,
    artifact_version: str | None,
    built: bool,
    api_url: str | None,
    within_seconds: float,
) -> None:
    """Ask the API whether it is alive, through API Gateway and without a token. Changes nothing.

    scripts/smoke_test.sh, which needs a token, goes through the whole API.
    """
    wanted = version_of_tag(artifact_version) if artifact_version else None
    if built:
        wanted = version_in(package_in(ROOT, SERVICES[0]))
    url = f"{(api_url or api_url_of(environment)).rstrip('/')}{_PATH}"
    deadline = time.monotonic() + within_seconds
    while (trouble := _trouble(url, wanted)) and time.monotonic() < deadline:
        time.sleep(min(2, within_seconds))
    if trouble:
        raise Failure(f"{environment.title}: {url} {trouble}.")
    click.echo(f"{environment.title}: {url} is alive{f', version {wanted}' if wanted else ''}.")


def api_url_of(environment: Environment) -> str:
    """The URL of the HTTP API with its stage (runbook, appendix B). Failure when there is none."""
    name = f"bbws-wp-site-management-{environment.name}"
    pages = environment.client("apigatewayv2").get_paginator("get_apis").paginate()
    found = [api["ApiEndpoint"] for page in pages for api in page["Items"] if api["Name"] == name]
    if not found:
        raise Failure(f"{environment.title} has no HTTP API {name}.")
    return f"{found[0]}/{environment.name}"


def _trouble(url: str, wanted: str | None) -> str | None:
    """What is wrong with the answer."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            content: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return f"answers {error.code}"
    except (OSError, ValueError) as error:
        return f"does not answer: {error}"
    if content.get("status") != "OK":
        return f"says that its status is {content.get('status')}"
    if wanted and content.get("version") != wanted:
        return f"answers with version {content.get('version')}, not {wanted}"
    return None

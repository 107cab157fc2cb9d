"""`verify_deployment` and `summarize_deployment`: is what was deployed there, and what is it?"""

from pathlib import Path

import click
from botocore.exceptions import ClientError

from bbws_operations.artifacts import ARCHIVES, code_sha256, package_in, version_of_tag
from bbws_operations.environment import ROOT, TABLE, Environment, environment_options
from bbws_operations.errors import Failure, is_missing
from bbws_operations.functions import configuration_of, live_of, serving


@click.command()
@environment_options
@click.option(
    "--artifacts",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of a release, whose packages must be what serves.",
)
@click.option("--artifact-version", help="The release that must serve: v1.0.5.")
@click.option(
    "--built", is_flag=True, help="The packages of scripts/build_all.sh must be what serves."
)
def verify_deployment(
    environment: Environment, artifacts: Path | None, artifact_version: str | None, built: bool
) -> None:
    """Check that a deployment is there and serves (runbook §5). Changes nothing.

    Functions Active, all calls to one version, queues and table there; with the options, that it is the
    release or the very packages.
    """
    wanted = version_of_tag(artifact_version) if artifact_version else None
    packages = _packages(artifacts, built)
    failures = []
    for service in environment.functions:
        failures += _report(
            environment.function(service),
            _function_troubles(environment, service, wanted, packages),
        )
    for queue in (*environment.queues.values(), environment.dead_letter_queue):
        failures += _report(queue, _queue_troubles(environment, queue))
    failures += _report(f"table {TABLE}", _table_troubles(environment))
    if failures:
        raise Failure(f"The deployment to {environment.title} is not right: {'; '.join(failures)}.")
    click.echo(f"{environment.title} is deployed and serves.")


def _packages(artifacts: Path | None, built: bool) -> dict[str, Path]:
    if artifacts is not None and built:
        raise click.UsageError("--artifacts and --built exclude one another.")
    if artifacts is not None:
        return {service: artifacts / name for service, name in ARCHIVES.items()}
    return {service: package_in(ROOT, service) for service in ARCHIVES} if built else {}


def _report(name: str, troubles: list[str]) -> list[str]:
    click.echo(f"{'FAIL' if troubles else 'OK':5} {name:34} {'; '.join(troubles)}".rstrip())
    return [f"{name} {trouble}" for trouble in troubles]


def _function_troubles(
    environment: Environment, service: str, wanted: str | None, packages: dict[str, Path]
) -> list[str]:
    function = environment.function(service)
    try:
        latest, served = configuration_of(environment, function), serving(environment, function)
    except Failure as failure:
        return [f"does not serve ({failure.message})"]
    troubles = latest.troubles + [one for one in served.troubles if one not in latest.troubles]
    if wanted and served.release != wanted:
        troubles.append(f"serves release {served.release or 'unknown'}, not {wanted}")
    if packages and served.code_sha256 != code_sha256(packages[service]):
        troubles.append(f"serves other code (version {served.version}) than the package")
    return troubles


def _queue_troubles(environment: Environment, queue: str) -> list[str]:
    try:
        environment.sqs.get_queue_url(QueueName=queue)
    except ClientError as error:
        if is_missing(error):
            return ["does not exist"]
        raise
    return []


def _table_troubles(environment: Environment) -> list[str]:
    try:
        status = environment.dynamodb.describe_table(TableName=TABLE)["Table"]["TableStatus"]
    except ClientError as error:
        if is_missing(error):
            return ["does not exist"]
        raise
    return [] if status == "ACTIVE" else [f"is {status}, not ACTIVE"]


@click.command()
@environment_options
def summarize_deployment(environment: Environment) -> None:
    """Print what serves, as a Markdown table: the summary of a workflow. Changes nothing."""
    lines = [
        f"## {environment.title}",
        "",
        "| function | release | version that serves | state |",
        "|---|---|---|---|",
    ]
    for function in environment.functions.values():
        live = live_of(environment, function)
        if live is None:
            lines.append(f"| `{function}` | - | - | **not deployed** |")
            continue
        served = configuration_of(environment, function, live.version)
        shares = "".join(f", {share:.0%} of the calls to {v}" for v, share in live.weights.items())
        state = "; ".join(served.troubles) or "Active"
        lines.append(
            f"| `{function}` | {served.release or '-'} | {live.version}{shares} | {state} |"
        )
    click.echo("\n".join(lines))

"""`deploy`: Terraform, and then the shift of the calls to the new versions."""

from pathlib import Path

import click

from bbws_operations.aliases import published_versions, was_left
from bbws_operations.artifacts import lay_out, package_in, verify_checksums, verify_versions
from bbws_operations.artifacts import version_of_tag as version_of
from bbws_operations.environment import ROOT, SERVICES, Environment, environment_options
from bbws_operations.errors import Failure
from bbws_operations.functions import live_of
from bbws_operations.shifting import Shift, firing, shift
from bbws_operations.terraform import Terraform


@click.command()
@environment_options
@click.option(
    "--artifacts",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of a release; without it the packages of scripts/build_all.sh are deployed.",
)
@click.option("--artifact-version", help="With --artifacts: the release they must be, v1.0.5.")
@click.option(
    "--percent",
    type=click.IntRange(1, 99),
    default=10,
    show_default=True,
    help="The share of the calls that the new versions get first.",
)
@click.option(
    "--watch-seconds",
    envvar="WATCH_SECONDS",
    type=click.FloatRange(0),
    default=300,
    show_default=True,
    help="How long the alarms are watched after each step; their period is 300 s.",
)
@click.option("--at-once", is_flag=True, help="Give the new versions all calls, without watching.")
@click.option("--plan-only", is_flag=True, help="Stop after terraform plan; nothing is changed.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT,
    help="The checkout that is deployed; default: this one.",
)
def deploy(
    environment: Environment,
    artifacts: Path | None,
    artifact_version: str | None,
    percent: int,
    watch_seconds: float,
    at_once: bool,
    plan_only: bool,
    root: Path,
) -> None:
    """Deploy to an environment: terraform init, plan, apply; then shift the calls.

    The apply publishes new versions, and the versions that serve go on serving. Then the new ones get
    10 % of the calls, then all, while the two rollback alarms are watched. When one fires, or the
    program is stopped, the old versions get all calls back at once, and the exit status is 1. A
    function's first deployment serves from the apply on. A second run does what is left to do.
    """
    _prepare(artifacts, artifact_version, root)
    before = _standing(environment)
    if before and not at_once:
        _refuse_while_firing(environment)
    terraform = Terraform(root / "terraform", environment)
    terraform.initialise()
    terraform.plan({service: version for service, version in before.items() if not at_once})
    if plan_only:
        return
    terraform.apply()
    shifts = _to_shift(environment, before)
    if shifts and not at_once:
        click.echo(f"Shifting {', '.join(map(str, shifts))}")
        shift(environment, shifts, percent, watch_seconds)
    click.echo(f"{environment.title} is deployed.")


def _prepare(artifacts: Path | None, artifact_version: str | None, root: Path) -> None:
    if (artifacts is None) != (artifact_version is None):
        raise click.UsageError("--artifacts and --artifact-version belong together.")
    if artifacts is not None and artifact_version is not None:
        verify_checksums(artifacts)
        verify_versions(artifacts, version_of(artifact_version))
        lay_out(artifacts, root)
    if missing := [s for s in SERVICES if not package_in(root, s).is_file()]:
        raise Failure(
            f"There is no package of {', '.join(missing)}; scripts/build_all.sh makes them."
        )


def _standing(environment: Environment) -> dict[str, str]:
    """The version that serves, by service; those not yet deployed are not there.

    Where an unfinished shift shares the calls, it is the old version: the apply gives it all of them.
    """
    found = {service: live_of(environment, name) for service, name in environment.functions.items()}
    return {service: live.version for service, live in found.items() if live is not None}


def _refuse_while_firing(environment: Environment) -> None:
    if bad := firing(environment):
        reasons = "; ".join(f"{name}: {reason}" for name, reason in bad.items())
        raise Failure(
            f"Nothing was deployed: an alarm of {environment.title} fires already, so a bad version could "
            f"not be told from what is bad now. {reasons} If this deployment is the repair, use --at-once."
        )


def _to_shift(environment: Environment, before: dict[str, str]) -> list[Shift]:
    """The functions whose newest version does not serve yet.

    Raises:
        Failure: The newest version was rolled back from, so nothing new was deployed.
    """
    shifts, left = [], []
    for service, old in before.items():
        function = environment.function(service)
        live = live_of(environment, function)
        newest = published_versions(environment, function)[-1]
        if live is None or live.version == newest:
            continue
        if was_left(environment, function, newest):
            left.append(f"{function} version {newest}")
        shifts.append(Shift(function, old, newest))
    if left:
        raise Failure(
            f"Not shifted, because it was rolled back from: {', '.join(left)}. Deploy a fix or a revert; if "
            "the version is good after all, docs/operations.md (After it) says how to allow it."
        )
    return shifts

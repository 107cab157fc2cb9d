"""`check_request` and `verify_artifacts`: is what is asked for, and what was downloaded, right?"""

from contextlib import closing
from pathlib import Path

import click

from bbws_operations.artifacts import (
    ARCHIVES,
    MD5SUMS,
    code_sha256,
    verify_checksums,
    verify_versions,
    version_of_tag,
)
from bbws_operations.environment import ENVIRONMENTS, REGION, Environment
from bbws_operations.errors import Failure, aws_errors
from bbws_operations.functions import serving


@click.command()
@click.option("--artifact-version", required=True, help="The input artifact_version: v1.0.5.")
@click.option("--approved", required=True, help="The input approve_deployment: true or false.")
def check_request(artifact_version: str, approved: str) -> None:
    """Check the inputs of a promotion, before anything else is done."""
    version_of_tag(artifact_version)
    if approved != "true":
        raise Failure(
            f"approve_deployment is {approved or 'empty'}: nothing was deployed. Start the workflow "
            "again with approve_deployment: true once the deployment is wanted."
        )
    click.echo(f"{artifact_version} is asked for, and the deployment is wanted.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--artifact-version", required=True, help="The release they must be: v1.0.5.")
@click.option(
    "--running-in",
    type=click.Choice(ENVIRONMENTS),
    help="The environment that must run this version and these very packages.",
)
@click.option("--region", envvar="AWS_REGION", default=REGION, show_default=True)
def verify_artifacts(
    folder: Path, artifact_version: str, running_in: str | None, region: str
) -> None:
    """Check the files of a release in FOLDER. Changes nothing.

    Each must have the MD5 that MD5SUMS says, each package the version asked for inside. With
    --running-in the environment before must serve that version, with byte for byte these packages
    (Lambda's CodeSha256); that needs credentials of its account.
    """
    version = version_of_tag(artifact_version)
    for name in verify_checksums(folder):
        click.echo(f"OK    {name:32} as {MD5SUMS} says")
    verify_versions(folder, version)
    click.echo(f"OK    {'version':32} {version} in every package")
    if running_in is None:
        return
    with aws_errors(), closing(Environment(running_in, region)) as environment:
        verify_running(environment, folder, version)
    click.echo(f"OK    {running_in.upper():32} serves {version} with these packages")


def verify_running(environment: Environment, folder: Path, version: str) -> None:
    """The environment serves this version with these packages.

    Raises:
        Failure: It serves another version or other code, or is being deployed to.
    """
    served = {service: serving(environment, environment.function(service)) for service in ARCHIVES}
    others = {one.release or "a version without a release" for one in served.values()} - {version}
    if others:
        raise Failure(
            f"{environment.title} does not run {version}: it runs {', '.join(sorted(others))}. Only what "
            f"{environment.title} runs can be promoted."
        )
    different = [
        f"{one.function} (version {one.version})"
        for service, one in served.items()
        if one.code_sha256 != code_sha256(folder / ARCHIVES[service])
    ]
    if different:
        raise Failure(
            f"{environment.title} runs other code than these artifacts, though both say {version}: "
            f"{', '.join(different)}. Make a new release of what {environment.title} runs."
        )

"""Is what is asked for, and what was downloaded, right?"""

from pathlib import Path

import pytest
from promotion.accounts import EmulatedAccount
from promotion.releases import damage, write_release, write_sums
from promotion.standing_in import Run

VERSION = ("--artifact-version", "v1.0.0")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release", "1.0.0")


def test_a_wanted_deployment_of_a_version_passes(run: Run) -> None:
    said = run("check_request", *VERSION, "--approved", "true").output
    assert said == "v1.0.0 is asked for, and the deployment is wanted.\n"


@pytest.mark.parametrize("approved", ["false", "", "yes"])
def test_a_deployment_that_is_not_approved_stops(run: Run, approved: str) -> None:
    run("check_request", *VERSION, "--approved", approved, fails="nothing was deployed")


@pytest.mark.parametrize("version", ["1.0.0", "v1.0", "v1.0.0 ", "v1.0.0;id", "latest", ""])
def test_a_version_that_is_none_stops(run: Run, version: str) -> None:
    run(
        "check_request", "--artifact-version", version, "--approved", "true",
        fails=f"The artifact version is written like v1.0.5, not {version!r}.",
    )  # fmt: skip


def test_whole_artifacts_pass(run: Run, release: Path, account: EmulatedAccount) -> None:
    said = run("verify_artifacts", release, *VERSION).output
    assert said.count("as MD5SUMS says") == 4
    assert account.calls == []


def test_one_changed_byte_is_found(run: Run, release: Path) -> None:
    damage(release / "plugins-service.zip")
    run("verify_artifacts", release, *VERSION, fails="plugins-service.zip has the MD5")


def test_a_missing_file_is_named(run: Run, release: Path) -> None:
    (release / "plugins-service.zip").unlink()
    run("verify_artifacts", release, *VERSION, fails="plugins-service.zip is missing")


def test_a_release_without_one_of_the_packages_is_none(run: Run, release: Path) -> None:
    (release / "plugins-service.zip").unlink()
    write_sums(release)
    run("verify_artifacts", release, *VERSION, fails="MD5SUMS does not name plugins-service.zip")


def test_an_empty_folder_is_no_release(run: Run, tmp_path: Path) -> None:
    run("verify_artifacts", tmp_path, *VERSION, fails="There is no")


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 32}  ../sites-service.zip"])
def test_sums_of_another_form_are_refused(run: Run, release: Path, line: str) -> None:
    with (release / "MD5SUMS").open("a") as sums:
        sums.write(f"{line}\n")
    run("verify_artifacts", release, *VERSION, fails="each must be an MD5 and a file's name")


def test_artifacts_of_another_version_are_refused(run: Run, release: Path) -> None:
    run(
        "verify_artifacts", release, "--artifact-version", "v1.0.1",
        fails="The artifacts are not of version 1.0.1: sites-service.zip is 1.0.0",
    )  # fmt: skip


@pytest.mark.parametrize("content", [b"no ZIP at all", b""])
def test_a_file_that_is_no_package_is_refused(run: Run, release: Path, content: bytes) -> None:
    (release / "sites-service.zip").write_bytes(content)
    write_sums(release)
    run("verify_artifacts", release, *VERSION, fails="is no package of this service")


def test_what_the_environment_before_runs_passes(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("1.0.0")
    said = run("verify_artifacts", release, *VERSION, "--running-in", "dev").output
    assert "DEV" in said
    assert "serves 1.0.0 with these packages" in said
    assert account.changes() == []


def test_a_version_that_the_environment_before_does_not_run_is_refused(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("0.9.0")
    run(
        "verify_artifacts", release, *VERSION, "--running-in", "dev",
        fails="DEV does not run 1.0.0: it runs 0.9.0.",
    )  # fmt: skip


def test_after_a_rollback_the_environment_does_not_run_the_version_any_more(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("0.9.0")
    account.deploy("1.0.0")
    account.point("sites-service", "1")
    run("verify_artifacts", release, *VERSION, "--running-in", "dev", fails="it runs 0.9.0.")


def test_other_code_of_the_same_version_is_refused(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("1.0.0", content="built elsewhere")
    run(
        "verify_artifacts", release, *VERSION, "--running-in", "dev",
        fails="DEV runs other code than these artifacts, though both say 1.0.0: "
        "dev-bbws-sites-service (version 1)",
    )  # fmt: skip


def test_functions_of_which_nobody_knows_the_release_are_refused(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("1.0.0")
    account.point("sites-service", account.publish("sites-service", b"other", "By hand"))
    run(
        "verify_artifacts", release, *VERSION, "--running-in", "dev",
        fails="it runs a version without a release.",
    )  # fmt: skip


def test_an_environment_in_the_middle_of_a_deployment_is_no_source(
    run: Run, release: Path, account: EmulatedAccount
) -> None:
    account.deploy("1.0.0")
    account.deploy("1.0.1")
    account.point("sites-service", "1", {"2": 0.1})
    run(
        "verify_artifacts", release, *VERSION, "--running-in", "dev",
        fails="is under way or was left unfinished: live is on 1, with 10% to 2.",
    )  # fmt: skip


def test_an_environment_in_which_nothing_serves_is_no_source(run: Run, release: Path) -> None:
    run(
        "verify_artifacts", release, *VERSION, "--running-in", "dev",
        fails="dev-bbws-sites-service has no alias live in DEV: nothing serves.",
    )  # fmt: skip

"""The five workflows are those of the runbook, with no more rights than they need."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest

from bbws_local.specification import SERVICES
from bbws_operations.cli import PROGRAMS, program
from workflows.described import ROOT, WORKFLOWS, described, jobs_of, steps

ACCOUNTS = {"dev": "536580886816", "sit": "815856636111", "prod": "093646564004"}
DEPLOYMENTS = {"deploy-dev.yml": "dev", "deploy-sit.yml": "sit", "deploy-prod.yml": "prod"}
PROMOTIONS = ("deploy-sit.yml", "deploy-prod.yml")
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/bbws-github-actions(-reader)?-role-(dev|sit|prod)")


def test_the_workflows_are_those_of_appendix_a() -> None:
    assert {name: described(file)["name"] for name, file in WORKFLOWS.items()} == {
        "deploy-dev.yml": "Deploy to DEV",
        "deploy-prod.yml": "Deploy to PROD",
        "deploy-sit.yml": "Deploy to SIT",
        "release-and-test.yml": "Release",
        "test.yml": "Run Tests",
    }


def test_each_begins_when_the_runbook_says() -> None:
    triggers = {name: described(file)["on"] for name, file in WORKFLOWS.items()}
    assert triggers["deploy-dev.yml"] == {"push": {"branches": ["main"]}}
    assert triggers["test.yml"] == {"pull_request": None}
    assert triggers["release-and-test.yml"] == {"push": {"tags": ["v*.*.*"]}}
    for name in PROMOTIONS:
        assert list(triggers[name]) == ["workflow_dispatch"]
        inputs = triggers[name]["workflow_dispatch"]["inputs"]
        assert inputs["artifact_version"]["type"] == "string"
        assert inputs["artifact_version"]["required"] is True
        assert inputs["approve_deployment"]["type"] == "boolean"
        assert inputs["approve_deployment"]["default"] is False


@pytest.mark.parametrize("workflow", PROMOTIONS)
def test_a_promotion_is_made_with_the_releases_own_files(workflow: str) -> None:
    for job_id, job in jobs_of(workflow).items():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@") and job_id != "check-request":
                assert step["with"]["ref"] == "refs/tags/${{ inputs.artifact_version }}"


@pytest.mark.parametrize("workflow", DEPLOYMENTS)
def test_every_service_is_tested_before_anything_is_deployed(workflow: str) -> None:
    jobs = jobs_of(workflow)
    assert jobs["test"]["strategy"]["matrix"]["service"] == list(SERVICES)
    assert "test" in set(_needed_by(jobs, "deploy"))


def _needed_by(jobs: dict[str, Any], job_id: str) -> Iterator[str]:
    needed = jobs[job_id].get("needs", [])
    for one in [needed] if isinstance(needed, str) else needed:
        yield one
        yield from _needed_by(jobs, one)


@pytest.mark.parametrize("workflow", DEPLOYMENTS)
def test_only_one_deployment_runs_at_a_time_and_none_is_cut_off(workflow: str) -> None:
    concurrency = described(WORKFLOWS[workflow])["concurrency"]
    assert concurrency == {
        "group": workflow.removesuffix(".yml"),
        "cancel-in-progress": False,
    }


def test_only_dev_watches_the_alarms_for_less_than_their_period() -> None:
    watched = {
        name: described(WORKFLOWS[name]).get("env", {}).get("WATCH_SECONDS") for name in DEPLOYMENTS
    }
    assert watched == {"deploy-dev.yml": "60", "deploy-sit.yml": None, "deploy-prod.yml": None}
    [option] = [one for one in program("deploy").params if one.name == "watch_seconds"]
    assert (option.envvar, option.default) == ("WATCH_SECONDS", 300)


@pytest.mark.parametrize(("workflow", "environment"), DEPLOYMENTS.items())
def test_only_the_environment_behind_its_reviewers_has_the_role_that_deploys(
    workflow: str, environment: str
) -> None:
    for job_id, job in jobs_of(workflow).items():
        for name, is_reader, account in _roles(job):
            assert account == ACCOUNTS[name]
            if not is_reader:
                assert (job_id, job["environment"], name) == ("deploy", environment, environment)


def _roles(job: dict[str, Any]) -> Iterator[tuple[str, bool, str]]:
    for step in job["steps"]:
        if role := step.get("with", {}).get("role-to-assume"):
            found = _ROLE.fullmatch(role)
            assert found is not None, role
            yield found[3], found[2] is not None, found[1]


def test_the_accounts_are_those_of_terraform() -> None:
    for environment, account in ACCOUNTS.items():
        settings = ROOT / "terraform" / "environments" / environment / "terraform.tfvars"
        assert f'aws_account_id = "{account}"' in settings.read_text()


def test_a_token_for_aws_is_had_only_where_a_role_is_taken() -> None:
    for name, file in WORKFLOWS.items():
        assert described(file)["permissions"] == {"contents": "read"}
        for job_id, job in jobs_of(name).items():
            granted = job.get("permissions", {})
            has_role = any(_roles(job))
            assert ("id-token" in granted) == has_role, f"{name}: {job_id}"
            more = {right for right, level in granted.items() if level == "write"} - {"id-token"}
            assert more == ({"contents"} if job_id == "release" else set()), f"{name}: {job_id}"


def test_every_action_is_pinned_and_everywhere_to_the_same_commit() -> None:
    pins = dict[str, set[str]]()
    for place, step in steps():
        if (action := step.get("uses")) and not action.startswith("./"):
            assert _PINNED.fullmatch(action), f"{place}: {action}"
            name, _, commit = action.partition("@")
            pins.setdefault(name, set()).add(commit)
    assert {name for name, commits in pins.items() if len(commits) > 1} == set()


def test_every_pin_says_which_version_it_is() -> None:
    for file in [*WORKFLOWS.values(), *(ROOT / ".github" / "actions").glob("*/action.yml")]:
        for line in file.read_text().splitlines():
            if "uses:" in line and "./" not in line:
                assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), f"{file.name}: {line}"


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of a program of ours, as its words."""
    for place, step in steps():
        for line in step.get("run", "").splitlines():
            for command in re.split(r"\||&&|;", line):
                words = shlex.split(command.strip().removeprefix("exec "))
                if words and words[0].startswith(("scripts/", ".ci/")):
                    yield place, words


def test_the_workflows_call_only_programs_that_exist_with_options_that_exist() -> None:
    programs = {one.callback.__name__: one for one in PROGRAMS if one.callback}
    called = set()
    for place, (path, *arguments) in commands():
        file = ROOT / path
        assert file.is_file(), f"{place}: there is no {path}"
        assert file.stat().st_mode & 0o111, f"{place}: {path} cannot be executed"
        if known := programs.get(file.name):
            called.add(file.name)
            _assert_understood(place, known, arguments)
    assert {"check_health", "check_error_rate", "verify_artifacts", "deploy"} <= called


def _assert_understood(place: str, program: click.Command, arguments: list[str]) -> None:
    """click knows every option, and nothing that it wants is missing. No path needs to be there."""
    context = click.Context(program)
    try:
        given, left, _ = program.make_parser(context).parse_args(list(arguments))
    except click.UsageError as error:
        pytest.fail(f"{place}: {arguments}: {error.format_message()}")
    assert left == [], f"{place}: {left}"
    for parameter in program.params:
        if parameter.required:
            assert given.get(parameter.name or ""), f"{place}: {parameter.name} is missing"


@pytest.mark.parametrize(
    "arguments",
    [["--environment", "dev", "--nonsense"], [], ["--environment"], ["--environment", "dev", "x"]],
)
def test_a_call_that_the_program_would_refuse_is_noticed(arguments: list[str]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        _assert_understood("here", program("check_health"), arguments)


def test_whoever_runs_every_test_has_terraform_and_the_time() -> None:
    running = {
        f"{name}: {job_id}": job
        for name in WORKFLOWS
        for job_id, job in jobs_of(name).items()
        if any(step.get("run") == ".ci/run" for step in job["steps"])
    }
    assert set(running) == {"release-and-test.yml: test", "test.yml: test"}
    for place, job in running.items():
        before = [step.get("uses", "") for step in job["steps"][: _place_of(job, ".ci/run")]]
        assert any(one.startswith("hashicorp/setup-terraform@") for one in before), place
        assert job["timeout-minutes"] == 90, place


def _place_of(job: dict[str, Any], command: str) -> int:
    return next(n for n, step in enumerate(job["steps"]) if step.get("run") == command)


def test_work_is_in_programs_and_not_in_yaml() -> None:
    lines = {place: step["run"].strip() for place, step in steps() if "run" in step}
    assert {place: text for place, text in lines.items() if "\n" in text} == {}

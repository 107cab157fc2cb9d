"""The GitHub environments get the reviewers and timers of the runbook."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bbws_operations.cli import program

REPOSITORY = "bigbeard/service"
GIVEN = (
    *("--repository", REPOSITORY, "--sit-reviewer", "team:testers"),
    *("--business-owner", "user:thandi", "--tech-lead", "user:pieter", "--tech-lead", "team:leads"),
)
GH = '''#!{python}
"""GitHub's API of environments, in a file (REST docs, "Deployment environments")."""
import json, os, re, sys
from pathlib import Path

store = Path(os.environ["GITHUB_STORE"])
state = json.loads(store.read_text())
_, _, method, path, *rest = sys.argv[1:]
body = json.load(sys.stdin) if rest else None
state["calls"].append(f"{{method}} {{path}}")
prefix = "repos/bigbeard/service/environments/"


def answer(content):
    store.write_text(json.dumps(state))
    if content is None:
        sys.exit("gh: Not Found (HTTP 404)")
    print(json.dumps(content))


def shown(name):
    found = state["environments"].get(name)
    if found is None:
        return None
    rules = []
    if found["wait_timer"]:
        rules.append({{"type": "wait_timer", "wait_timer": found["wait_timer"]}})
    if found["reviewers"]:
        reviewers = [
            {{"type": one["type"], "reviewer": state["people"][str(one["id"])]}}
            for one in found["reviewers"]
        ]
        rules.append({{"type": "required_reviewers", "reviewers": reviewers,
                      "prevent_self_review": found["prevent_self_review"]}})
    return {{"name": name, "protection_rules": rules}}


if os.environ.get("GITHUB_REFUSES") == method:
    sys.exit("gh: Resource not accessible (HTTP 403)")
if not path.startswith(prefix):
    name = path.rpartition("/")[2]
    ids = [i for i, one in state["people"].items() if name in one.values()]
    answer({{"id": int(ids[0])}} if ids else None)
elif path.endswith("/deployment-branch-policies"):
    name = path.removeprefix(prefix).partition("/")[0]
    branches = state["branches"].setdefault(name, [])
    if method == "POST":
        branches.append(body["name"])
    answer({{"branch_policies": [{{"name": one}} for one in branches]}})
else:
    name = path.removeprefix(prefix)
    if method == "PUT":
        state["environments"][name] = body
    answer(shown(name))
'''


class GitHub:
    """What GitHub holds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        people = {"1": {"slug": "testers"}, "2": {"login": "thandi"}, "3": {"login": "pieter"}}
        people |= {"4": {"slug": "leads"}}
        self.save({"calls": [], "environments": {}, "branches": {}, "people": people})

    def save(self, state: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(state))

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._file.read_text())
        return found

    def changes(self) -> list[str]:
        return [call for call in self.state["calls"] if not call.startswith("GET ")]


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    import sys

    gh = tmp_path / "gh"
    gh.write_text(GH.format(python=sys.executable))
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GITHUB_STORE", str(tmp_path / "store.json"))
    return GitHub(tmp_path / "store.json")


def set_up(*more: str) -> Result:
    return CliRunner().invoke(program("setup_environments"), [*GIVEN, *more])


def test_reviewers_timers_and_branch_are_the_runbooks(github: GitHub) -> None:
    assert set_up().exit_code == 0
    found = github.state
    environments = found["environments"]
    assert list(environments) == ["dev", "sit", "prod-business-owner", "prod"]
    assert {name: one["wait_timer"] for name, one in environments.items()} == {
        "dev": 0, "sit": 0, "prod-business-owner": 0, "prod": 10,
    }  # fmt: skip
    reviewers = {name: one["reviewers"] for name, one in environments.items()}
    assert reviewers == {
        "dev": None,
        "sit": [{"type": "Team", "id": 1}],
        "prod-business-owner": [{"type": "User", "id": 2}],
        "prod": [{"type": "User", "id": 3}, {"type": "Team", "id": 4}],
    }
    assert [one["prevent_self_review"] for one in environments.values()] == [
        False,
        True,
        True,
        True,
    ]
    assert found["branches"] == {name: ["main"] for name in environments}


def test_a_second_run_changes_nothing(github: GitHub) -> None:
    set_up()
    before = github.changes()
    assert set_up().output.count("as it should be") == 4
    assert github.changes() == before


def test_a_dry_run_says_what_it_would_do(github: GitHub) -> None:
    assert set_up("--dry-run").output.count("does not exist (dry run)") == 4
    assert github.changes() == []


def test_what_was_changed_by_hand_is_named_and_put_right(github: GitHub) -> None:
    set_up()
    state = github.state
    state["environments"]["prod"]["wait_timer"] = 0
    state["environments"]["sit"]["reviewers"] = []
    state["environments"]["prod-business-owner"]["prevent_self_review"] = False
    github.save(state)
    said = set_up().output
    assert "prod: waits 0 minutes, not 10" in said
    assert "sit: is approved by nobody, not team:testers" in said
    assert "prod-business-owner: lets whoever started it approve it" in said
    assert set_up().output.count("as it should be") == 4


def test_another_branch_that_may_deploy_is_for_a_person_to_remove(github: GitHub) -> None:
    set_up()
    state = github.state
    state["branches"]["prod"].append("hotfix")
    github.save(state)
    result = set_up()
    assert result.exit_code == 1
    assert "prod is open to hotfix: remove that by hand" in result.output


def test_an_unknown_reviewer_stops(github: GitHub) -> None:
    result = set_up("--sit-reviewer", "user:nobody")
    assert result.exit_code == 1
    assert "GitHub knows no user nobody" in result.output


def test_one_person_cannot_be_both_approvals(github: GitHub) -> None:
    result = set_up("--business-owner", "user:pieter")
    assert "must be different people" in result.output
    assert github.state["calls"] == []


@pytest.mark.parametrize("reviewer", ["pieter", "user:", "team:a b"])
def test_a_reviewer_is_a_user_or_a_team(github: GitHub, reviewer: str) -> None:
    assert set_up("--tech-lead", reviewer).exit_code == 2


def test_more_reviewers_than_github_takes_are_refused(github: GitHub) -> None:
    seven = [word for number in range(7) for word in ("--tech-lead", f"user:p{number}")]
    assert "GitHub takes 6 reviewers at most" in set_up(*seven).output


def test_what_github_refuses_is_said(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REFUSES", "PUT")
    result = set_up()
    assert result.exit_code == 1
    assert "Resource not accessible (HTTP 403)" in result.output


def test_without_gh_it_is_said_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "gh is not installed (https://cli.github.com)" in set_up().output

"""The GitHub environments that stand before the deployments, as the runbook wants them (§7, §11)."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bbws_operations.errors import Failure

BRANCH: Final = "main"


@dataclass(frozen=True)
class Protection:
    """How an environment is protected.

    GitHub lets a job begin when any one of the reviewers has approved (docs "Managing environments for
    deployment"). Two approvals are therefore two environments, one after the other.

    Attributes:
        reviewers: `user:NAME` or `team:NAME`, of whom one has to approve; nobody: no approval.
        wait_minutes: How long a job waits, so that it can be called off. GitHub counts from when the job
            could begin, so the reviewers decide meanwhile (same page).
    """

    name: str
    reviewers: tuple[str, ...] = ()
    wait_minutes: int = 0


class GitHub:
    """The repository's part of GitHub's API, through `gh api`."""

    def __init__(self, repository: str) -> None:
        self._repository = repository

    def environment(self, name: str) -> dict[str, Any] | None:
        """An environment as it is; None when there is none."""
        return self._get(f"repos/{self._repository}/environments/{name}")

    def branches(self, name: str) -> list[str]:
        """The branches that may deploy to an environment."""
        found = self._get(
            f"repos/{self._repository}/environments/{name}/deployment-branch-policies"
        )
        return [one["name"] for one in (found or {}).get("branch_policies", [])]

    def set_environment(self, protection: Protection) -> None:
        """Create or change an environment."""
        reviewers = [self._reviewer(one) for one in protection.reviewers]
        self._send(
            "PUT",
            f"repos/{self._repository}/environments/{protection.name}",
            {
                "wait_timer": protection.wait_minutes,
                "prevent_self_review": bool(reviewers),
                "reviewers": reviewers or None,
                "deployment_branch_policy": {
                    "protected_branches": False,
                    "custom_branch_policies": True,
                },
            },
        )

    def allow_branch(self, name: str, branch: str) -> None:
        """Let a branch deploy to an environment."""
        self._send(
            "POST",
            f"repos/{self._repository}/environments/{name}/deployment-branch-policies",
            {"name": branch, "type": "branch"},
        )

    def _reviewer(self, reviewer: str) -> dict[str, Any]:
        kind, _, name = reviewer.partition(":")
        organisation = self._repository.partition("/")[0]
        path = f"users/{name}" if kind == "user" else f"orgs/{organisation}/teams/{name}"
        found = self._get(path)
        if found is None:
            raise Failure(f"GitHub knows no {kind} {name}. Nothing more was changed.")
        return {"type": kind.capitalize(), "id": found["id"]}

    def _get(self, path: str) -> dict[str, Any] | None:
        ran = _gh("GET", path)
        if ran.returncode and "HTTP 404" in ran.stderr:
            return None
        return dict(_answer(ran, path))

    def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        _answer(_gh(method, path, json.dumps(body)), path)


def differences(
    protection: Protection, found: dict[str, Any] | None, branches: Sequence[str]
) -> list[str]:
    """What has to be changed, in words; nothing when all is as it should be."""
    if found is None:
        return ["does not exist"]
    rules = {rule["type"]: rule for rule in found.get("protection_rules", [])}
    wait = rules.get("wait_timer", {}).get("wait_timer", 0)
    review = rules.get("required_reviewers", {})
    reviewers = {_name_of(one) for one in review.get("reviewers", [])}
    changes = []
    if wait != protection.wait_minutes:
        changes.append(f"waits {wait} minutes, not {protection.wait_minutes}")
    if reviewers != set(protection.reviewers):
        changes.append(f"is approved by {_listed(reviewers)}, not {_listed(protection.reviewers)}")
    elif reviewers and not review.get("prevent_self_review"):
        changes.append("lets whoever started it approve it")
    if list(branches) != [BRANCH]:
        changes.append(
            f"is open to {_listed(branches) if branches else 'every branch'}, not {BRANCH}"
        )
    return changes


def _name_of(entry: dict[str, Any]) -> str:
    reviewer = entry["reviewer"]
    return f"team:{reviewer['slug']}" if entry["type"] == "Team" else f"user:{reviewer['login']}"


def _listed(names: Sequence[str] | set[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"


def _gh(method: str, path: str, body: str | None = None) -> "subprocess.CompletedProcess[str]":
    command = ["gh", "api", "--method", method, path]
    command += ["--input", "-"] if body is not None else []
    try:
        return subprocess.run(command, input=body, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Failure("gh is not installed (https://cli.github.com).") from error


def _answer(ran: "subprocess.CompletedProcess[str]", path: str) -> Any:
    if ran.returncode:
        raise Failure(f"GitHub refused {path}: {ran.stderr.strip()}")
    return json.loads(ran.stdout or "{}")

"""The workflows as they are written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
WORKFLOWS: Final = {
    file.name: file for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
ACTIONS: Final = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))


def described(file: Path) -> dict[str, Any]:
    """A workflow or an action. YAML 1.1 takes the key `on` for a boolean."""
    content: dict[Any, Any] = yaml.safe_load(file.read_text())
    return {"on" if name is True else name: value for name, value in content.items()}


def jobs_of(workflow: str) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow, by id."""
    jobs: dict[str, dict[str, Any]] = described(WORKFLOWS[workflow])["jobs"]
    return jobs


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step, with the place where it stands."""
    for name in WORKFLOWS:
        for job_id, job in jobs_of(name).items():
            for step in job["steps"]:
                yield f"{name}: {job_id}", step
    for file in ACTIONS:
        for step in described(file)["runs"]["steps"]:
            yield str(file.relative_to(ROOT)), step

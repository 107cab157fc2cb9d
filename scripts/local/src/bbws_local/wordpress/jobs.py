"""Batched work: called again with the cursor of the last answer until it is done."""

import threading
from dataclasses import dataclass, field
from typing import Any

from . import errors

# The batches of each kind of job, in order; the last one makes the effect visible.
BATCHES = {
    "copies": ("tables", "uploads", "addresses"),
    "backups": ("tables", "uploads", "archive"),
    "restores": ("archive", "tables", "uploads"),
    "imports": ("package", "posts"),
}


@dataclass(slots=True)
class Job:
    """A copy, backup, restore or import. `result` is set once, when its effect has happened."""

    kind: str
    id: str
    site_id: int
    target_id: int | None = None
    batches_done: int = 0
    result: dict[str, Any] | None = None
    # Two calls for one job wait for each other, so that its effect cannot happen twice.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def position(self, cursor: str | None) -> int:
        """The batch a cursor stands for; without one the job starts from the beginning.

        Raises:
            RestError: 400 `bbws_invalid_cursor`, for a cursor that this job never answered.
        """
        if cursor is None:
            return 0
        reached = BATCHES[self.kind][: self.batches_done]
        if cursor not in reached:
            raise errors.RestError(400, "bbws_invalid_cursor", "The cursor is not of this job.")
        return reached.index(cursor) + 1

    def is_last(self, position: int) -> bool:
        """Whether the batch at this position is the one with the effect."""
        return position >= len(BATCHES[self.kind]) - 1

    def advance(self, position: int) -> None:
        """Note that the batch at this position was done."""
        self.batches_done = max(self.batches_done, position + 1)

    def finish(self, result: dict[str, Any]) -> None:
        """Note the job's effect and the fields its answers carry from now on."""
        self.batches_done = len(BATCHES[self.kind])
        self.result = result

    def answer(self, position: int) -> dict[str, Any]:
        """`{done, cursor, progress}` after the batch at this position."""
        if self.result is not None:
            return {"done": True, "cursor": None, "progress": 100, **self.result}
        batches = BATCHES[self.kind]
        progress = 100 * (position + 1) // len(batches)
        return {"done": False, "cursor": batches[position], "progress": progress}

    def as_json(self) -> dict[str, Any]:
        """The job as the control route shows it."""
        return {
            "id": self.id,
            "siteId": self.site_id,
            "targetId": self.target_id,
            "done": self.result is not None,
            "batchesDone": self.batches_done,
            **(self.result or {}),
        }


class Jobs:
    """The jobs of one network by kind and id."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()

    def open(self, kind: str, job_id: str, site_id: int, target_id: int | None = None) -> Job:
        """The job with this id, made if it is new.

        Raises:
            RestError: 409 `bbws_job_conflict`, when the id was used for other sites.
        """
        with self._lock:
            job = self._jobs.setdefault((kind, job_id), Job(kind, job_id, site_id, target_id))
        if (job.site_id, job.target_id) != (site_id, target_id):
            raise errors.RestError(409, "bbws_job_conflict", "The id belongs to another job.")
        return job

    def snapshot(self) -> dict[str, Any]:
        """Every job, by kind."""
        with self._lock:
            jobs = list(self._jobs.values())
        return {kind: [job.as_json() for job in jobs if job.kind == kind] for kind in BATCHES}

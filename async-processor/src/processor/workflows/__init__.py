"""The workflows, and which of them carries out an operation."""

from collections.abc import Mapping
from typing import Final

from bbws_shared.operations import Operation, OperationType
from processor.workflow import Workflow
from processor.workflows.backup import BACKUP
from processor.workflows.changes import STATUS, UPDATE
from processor.workflows.copies import CLONE, PROMOTION, REFRESH
from processor.workflows.creation import CREATION
from processor.workflows.deletion import DELETION, PURGE, RETIREMENT
from processor.workflows.restore import RESTORE
from processor.workflows.template import TEMPLATE_APPLICATION

_ALWAYS_THE_SAME: Final[Mapping[OperationType, Workflow]] = {
    workflow.kind: workflow
    for workflow in (CREATION, UPDATE, STATUS, CLONE, BACKUP, RESTORE, PURGE, TEMPLATE_APPLICATION)
}


class NoWorkflow(Exception):
    """This release knows no workflow for the operation."""


def workflow_of(operation: Operation) -> Workflow:
    """The workflow that carries out `operation`: the same one however often it is tried.

    Raises:
        NoWorkflow: for a kind of operation that this release does not know.
    """
    match operation.operation_type:
        case OperationType.SITE_DELETION:
            return RETIREMENT if operation.inputs["hasGrace"] else DELETION
        case OperationType.SITE_PROMOTION:
            return REFRESH if operation.inputs["isRefresh"] else PROMOTION
        case kind if kind in _ALWAYS_THE_SAME:
            return _ALWAYS_THE_SAME[kind]
    raise NoWorkflow(operation.operation_type)

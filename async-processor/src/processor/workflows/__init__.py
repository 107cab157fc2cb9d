"""The workflows, and which of them carries out an operation."""

from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site
from processor.workflow import Workflow
from processor.workflows.creation import CREATION
from processor.workflows.deletion import DELETION, PURGE, RETIREMENT


class NoWorkflow(Exception):
    """This release knows no workflow for the operation."""


def workflow_of(operation: Operation, site: Site) -> Workflow:
    """The workflow that carries out `operation`.

    Raises:
        NoWorkflow: for a kind of operation that this release does not know.
    """
    match operation.operation_type:
        case OperationType.SITE_CREATION:
            return CREATION
        case OperationType.SITE_DELETION:
            return DELETION if site.purge_after is None else RETIREMENT
        case OperationType.SITE_PURGE:
            return PURGE
    raise NoWorkflow(operation.operation_type)

"""The use cases of sites and operations, each in a module of its own."""

from datetime import timedelta

from bbws_shared.pagination import PageTokens
from sites.changes import SiteChanges
from sites.control import OperationControl
from sites.copies import SiteCopies
from sites.creation import SiteCreation
from sites.deletion import SiteDeletion
from sites.reading import Reading
from sites.work import Work


class SiteService:
    """Everything that callers can ask for."""

    def __init__(self, work: Work, deletion_grace: timedelta) -> None:
        self.read = Reading(work.repository, PageTokens(work.clock))
        self.creation = SiteCreation(work)
        self.deletion = SiteDeletion(work, deletion_grace)
        self.changes = SiteChanges(work, deletion_grace)
        self.copies = SiteCopies(work, self.creation)
        self.control = OperationControl(work, self.creation, deletion_grace)

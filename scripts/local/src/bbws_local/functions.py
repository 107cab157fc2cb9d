"""The functions of the account as they run here: each version with the code and settings it was published with."""

import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bbws_local.clients import AwsClients
from bbws_local.environment import Code, WriteLog
from bbws_local.pool import FunctionPool
from bbws_local.reading import published
from bbws_local.specification import FunctionSpecification
from bbws_local.tasks import runtime_directory, unpack
from bbws_local.versions import Aliases, VersionedFunction


@dataclass(frozen=True)
class Runner:
    """What a function's versions are run with.

    Attributes:
        folder: Where packages are unpacked, once for each content.
        here: Variables that a function needs on this machine, beside its own.
    """

    clients: AwsClients
    folder: Path
    here: Mapping[str, str]
    write_log: WriteLog

    def function(self, named: FunctionSpecification) -> VersionedFunction:
        """A function of the account; `named` says which, and how many processes it may have."""

        def new_pool(version: str) -> FunctionPool:
            described = self._described(named, version)
            root = self._unpacked(named, version)
            code = Code(root, runtime_directory(self.folder / "runtime"))
            return FunctionPool(described, code, self.write_log)

        aliases = Aliases(self.clients.lambda_, named.name)
        return VersionedFunction(named.name, aliases.choose, new_pool)

    def _described(self, named: FunctionSpecification, version: str) -> FunctionSpecification:
        try:
            found = published(self.clients, named, version)
        except self.clients.lambda_.exceptions.ResourceNotFoundException:
            raise KeyError(f"{named.name}:{version}") from None
        return replace(found, environment={**found.environment, **self.here}, version=version)

    def _unpacked(self, named: FunctionSpecification, version: str) -> Path:
        query = urllib.parse.urlencode({"function": named.name, "version": version})
        url = f"{self.clients.endpoint_url}/_local/code?{query}"
        with (
            urllib.request.urlopen(url, timeout=60) as answer,
            tempfile.NamedTemporaryFile() as zip_,
        ):
            zip_.write(answer.read())
            zip_.flush()
            return unpack(Path(zip_.name), named.service, self.folder / "tasks")

"""A function's published versions, and which of them an invocation reaches.

Source of fact: Lambda docs, "Manage Lambda function versions" and "Implement Lambda canary deployments
using a weighted alias": an alias sends a share of the invocations to a second version, by chance.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Self

from bbws_local.pool import FunctionPool

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LATEST: Final = "$LATEST"
_FRESH_SECONDS: Final = 0.5
# Its own: the program's common one belongs to whoever seeds it, a test for instance.
_chance: Final = random.Random()  # noqa: S311

Choose = Callable[[str], str]
"""The version that a qualifier stands for at this moment. Raises KeyError when it stands for none."""


class Aliases:
    """What the aliases of a function point to; looked up twice a second at the most."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function
        self._known: dict[str, tuple[float, Mapping[str, float]]] = {}
        self._lock = threading.Lock()

    def choose(self, qualifier: str) -> str:
        """As `Choose`."""
        if qualifier == LATEST or qualifier.isdecimal():
            return qualifier
        shares = self._shares(qualifier)
        return _chance.choices(list(shares), list(shares.values()))[0]

    def _shares(self, alias: str) -> Mapping[str, float]:
        """Which share of the invocations each version gets."""
        with self._lock:
            looked, shares = self._known.get(alias, (0.0, dict[str, float]()))
            if time.monotonic() - looked > _FRESH_SECONDS:
                shares = self._look_up(alias)
                self._known[alias] = (time.monotonic(), shares)
        return shares

    def _look_up(self, alias: str) -> Mapping[str, float]:
        try:
            found = self._client.get_alias(FunctionName=self._function, Name=alias)
        except self._client.exceptions.ResourceNotFoundException:
            raise KeyError(f"{self._function}:{alias}") from None
        second = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return {found["FunctionVersion"]: 1 - sum(second.values()), **second}


class VersionedFunction:
    """One function: a pool of processes for each version that was invoked. Thread safe."""

    def __init__(self, name: str, choose: Choose, new_pool: Callable[[str], FunctionPool]) -> None:
        """`new_pool` makes the pool of a version; it raises KeyError when there is none."""
        self.name = name
        self._choose = choose
        self._new_pool = new_pool
        self._pools: dict[str, FunctionPool] = {}
        self._lock = threading.Lock()
        self._stopped = False

    @classmethod
    def of(cls, pool: FunctionPool) -> Self:
        """A function that has one version, whatever it is asked for by."""
        return cls(pool.function.name, lambda _: LATEST, lambda _: pool)

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped on purpose."""
        return self._stopped

    def pool(self, qualifier: str = LATEST) -> FunctionPool:
        """The processes that an invocation goes to now. Raises KeyError when it leads nowhere."""
        version = self._choose(qualifier)
        with self._lock:
            if version not in self._pools:
                pool = self._new_pool(version)
                if self._stopped:
                    pool.stop()
                self._pools[version] = pool
            return self._pools[version]

    def pools(self) -> list[FunctionPool]:
        """The pools of all versions that were invoked."""
        with self._lock:
            return list(self._pools.values())

    def stop(self) -> None:
        """Refuse further requests and end every process."""
        self._stopped = True
        for pool in self.pools():
            pool.stop()

    def start(self) -> None:
        """Take requests again after `stop`."""
        self._stopped = False
        for pool in self.pools():
            pool.start()

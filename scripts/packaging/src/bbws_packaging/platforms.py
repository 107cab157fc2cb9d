"""The Lambda runtime the packages are built for."""

import platform
from dataclasses import dataclass
from typing import Final

from bbws_packaging.errors import PackagingError

PYTHON_VERSION: Final = "3.12"

# The python3.12 runtime is Amazon Linux 2023, whose glibc is 2.34 (AWS docs "Lambda runtimes").
# pip takes the first tag that has a wheel.
_MANYLINUX: Final = ("manylinux_2_34", "manylinux_2_28", "manylinux2014")

_NAMES: Final = {"arm64": "arm64", "aarch64": "arm64", "x86_64": "x86_64", "amd64": "x86_64"}


@dataclass(frozen=True, slots=True)
class Platform:
    """A processor architecture of Lambda.

    Attributes:
        arch: Lambda's name of it, `arm64` or `x86_64`.
        wheel_tags: Platform tags of the wheels that run on it, best first.
    """

    arch: str
    wheel_tags: tuple[str, ...]


def platform_named(arch: str) -> Platform:
    """The platform called `arm64` or `x86_64`; `native` is this machine's.

    Raises:
        PackagingError: Lambda has no such architecture.
    """
    known = _NAMES.get((platform.machine() if arch == "native" else arch).lower())
    if known is None:
        raise PackagingError(f"ARCH is {arch!r}; Lambda has arm64 and x86_64 (or give native).")
    machine = "aarch64" if known == "arm64" else "x86_64"
    return Platform(known, tuple(f"{tag}_{machine}" for tag in _MANYLINUX))

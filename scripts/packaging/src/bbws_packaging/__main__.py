"""The command behind scripts/build_service.sh and scripts/build_all.sh."""

import argparse
import os
import sys
import time
from pathlib import Path

from bbws_packaging.build import build_package
from bbws_packaging.errors import PackagingError
from bbws_packaging.platforms import platform_named
from bbws_packaging.services import SERVICES, LambdaService, service_named

_REPOSITORY = Path(__file__).resolve().parents[4]


def main(arguments: list[str]) -> int:
    """Build the services named, or all; the exit status is 1 when a package cannot be built."""
    parser = argparse.ArgumentParser(prog="bbws_packaging", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="default: every service")
    names = parser.parse_args(arguments).services
    try:
        _build([service_named(name) for name in names] or list(SERVICES))
    except PackagingError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 1
    return 0


def _build(services: list[LambdaService]) -> None:
    platform = platform_named(os.environ.get("ARCH") or "arm64")
    destination = os.environ.get("DIST")
    cache = _REPOSITORY / ".build" / "dependencies"
    for service in services:
        started = time.monotonic()
        folder = (
            Path(destination, service.name) if destination else _REPOSITORY / service.name / "dist"
        )
        built = build_package(service, platform, _REPOSITORY, folder, cache)
        print(
            f"{service.name:18}{platform.arch:8}{built.zipped_bytes / 1e6:5.1f} MB zipped "
            f"{built.unzipped_bytes / 1e6:6.1f} MB unzipped  md5 {built.md5}  "
            f"{time.monotonic() - started:4.1f} s  {_shown(built.archive)}",
            flush=True,
        )


def _shown(archive: Path) -> str:
    return os.path.relpath(archive)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

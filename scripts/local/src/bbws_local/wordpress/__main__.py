"""`python -m bbws_local.wordpress --port P --tenants FILE`: run the simulator until it is ended."""

import argparse
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from bbws_local.readiness import PROGRESS

from .server import SimulatorHttpServer
from .simulator import Containers, create_app
from .tenants import Tenant, read_tenants


def main() -> int:
    """Serve on the loopback interface; 2 for a tenants' file that cannot be read."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s wordpress %(message)s")
    try:
        tenants = read_tenants(arguments.tenants)
    except (OSError, ValueError) as error:
        print(f"wordpress simulator: {error}", file=sys.stderr)
        return 2
    # SIGTERM ends the process as Ctrl-C does; requests in progress are lost, as with a container.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as running:
        containers = None
        if arguments.real is not None:
            containers = running.enter_context(_real(arguments.real, tenants))
        server = SimulatorHttpServer(
            arguments.host, arguments.port, create_app(tenants, containers)
        )
        print(f"WordPress simulator: http://{arguments.host}:{server.port}", flush=True)
        server.serve_forever()
    return 0


def _say(text: str) -> None:
    print(f"{PROGRESS}{text}", flush=True)


@contextlib.contextmanager
def _real(folder: Path, tenants: list[Tenant]) -> Iterator[Containers]:
    """Real WordPress in place of what is simulated."""
    from bbws_local.realwordpress import RealWordPress
    from bbws_local.realwordpress.container import RealContainers

    with RealWordPress(folder, tenants, _say) as wordpress:
        yield RealContainers(wordpress.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bbws_local.wordpress",
        description="Simulates the tenants' WordPress containers behind the internal ALB.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port and prints it")
    parser.add_argument(
        "--tenants",
        type=Path,
        required=True,
        help="JSON file {tenantId: {username, password, networkHost}}",
    )
    parser.add_argument(
        "--real", type=Path, metavar="FOLDER", help="run real WordPress, with its files there"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bbws_local.wordpress --port P --tenants FILE`: run the simulator until it is ended."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from .server import SimulatorHttpServer
from .simulator import create_app
from .tenants import read_tenants


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
    server = SimulatorHttpServer(arguments.host, arguments.port, create_app(tenants))
    print(f"WordPress simulator: http://{arguments.host}:{server.port}", flush=True)
    server.serve_forever()
    return 0


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
    return parser


if __name__ == "__main__":
    sys.exit(main())

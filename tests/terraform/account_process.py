"""The account that Terraform is applied to, a process of its own: moto's server behind one lock.

Every request is written to a file, one JSON object a line, so that tests can ask which calls were made.
"""

import argparse
import json
import os
from pathlib import Path

from bbws_local.emulator import Emulator
from bbws_local.operations import operation_of
from bbws_local.serving import Request, Response, Server

# Nothing listens there: no function is run in these tests.
_NO_LAMBDA_HOST = "http://127.0.0.1:1"


class Recorder:
    """Answers requests, and writes each one down."""

    def __init__(self, emulator: Emulator, calls: Path) -> None:
        self._emulator = emulator
        self._calls = calls.open("a", encoding="utf-8", buffering=1)

    def serve(self, request: Request) -> Response:
        """The answer of the emulated AWS."""
        service, operation = operation_of(request)
        self._calls.write(
            json.dumps(
                {
                    "service": service,
                    "operation": operation,
                    "method": request.method,
                    "path": request.path,
                    "agent": request.header("User-Agent"),
                }
            )
            + "\n"
        )
        return self._emulator.serve(request)


def main() -> None:
    """Serves until its parent ends."""
    parser = argparse.ArgumentParser(description="The account that Terraform is applied to")
    parser.add_argument("--account", required=True, help="the id of the account")
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--calls", type=Path, required=True)
    arguments = parser.parse_args()
    # moto reads it when it is imported.
    os.environ["MOTO_ACCOUNT_ID"] = arguments.account
    server = Server(Recorder(Emulator(_NO_LAMBDA_HOST), arguments.calls).serve)
    unfinished = arguments.port_file.with_suffix(".tmp")
    unfinished.write_text(str(server.port))
    unfinished.replace(arguments.port_file)
    server.serve_until_stopped()


if __name__ == "__main__":
    main()

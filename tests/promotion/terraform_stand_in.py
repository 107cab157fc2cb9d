#!/usr/bin/env python3
"""Stands in for `terraform` where the real one would take minutes: it publishes versions as terraform/ does.

What it was called with is appended to the file TERRAFORM_CALLS, one JSON object a line. It does with
`live_versions` what terraform/modules/function does: the alias of a function named there stays.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from bbws_local.specification import SERVICES
from promotion.accounts import EmulatedAccount

_LIVE_VERSIONS: Final = "TF_VAR_live_versions"


def main(arguments: list[str]) -> int:
    """Do a command."""
    with Path(os.environ["TERRAFORM_CALLS"]).open("a") as calls:
        calls.write(json.dumps({"arguments": arguments, "folder": str(Path.cwd())}) + "\n")
    if arguments[0] in os.environ.get("TERRAFORM_FAILS", "").split():
        sys.stderr.write("Error: as the test wants it\n")
        return 1
    if arguments[0] == os.environ.get("TERRAFORM_IS_STOPPED"):
        return wait_to_be_stopped()
    plan = Path("tfplan")
    if arguments[0] == "plan":
        prefix = "-var=environment="
        (name,) = (one.removeprefix(prefix) for one in arguments if one.startswith(prefix))
        held = json.loads(os.environ.get(_LIVE_VERSIONS, "{}"))
        plan.write_text(json.dumps({"environment": name, "held": held}))
    if arguments[0] == "apply":
        apply(**json.loads(plan.read_text()))
    return 0


def wait_to_be_stopped() -> int:
    """Go on until a SIGINT, and write down how many came when the state is written, which takes a while."""
    came = list[int]()
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    Path("waiting").touch()
    while not came:
        time.sleep(0.05)
    time.sleep(0.5)
    Path("state").write_text(f"{len(came)} SIGINT")
    return 1


def apply(environment: str, held: dict[str, str]) -> None:
    """Publish what lies in the packages' place."""
    account = EmulatedAccount(environment, os.environ["AWS_ENDPOINT_URL"])
    for service in SERVICES:
        code = Path("..", service, "dist", "lambda.zip").read_bytes()
        number = account.publish(service, code, f"A function, release {version_in(service)}")
        wanted = held.get(service, number)
        if account.live_of(service) != wanted:
            account.point(service, wanted)


def version_in(service: str) -> str:
    """The version inside a package."""
    from bbws_operations.artifacts import version_in as read

    return read(Path("..", service, "dist", "lambda.zip"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The program: its groups of commands."""

import os
import sys
from typing import Any

import click

from bbws_cli.commands.audit import add_audit
from bbws_cli.commands.operations import operations
from bbws_cli.commands.plugins import plugins
from bbws_cli.commands.sites import sites
from bbws_cli.commands.templates import templates
from bbws_cli.errors import Unwritten
from bbws_cli.options import connection_options, examples


class _Program(click.Group):
    """Says that its output could not be written, be it an answer or a help text."""

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().main(*args, **extra)
        # A pipe that was closed does not come here: click ends quietly.
        except OSError as error:
            Unwritten(error).show()
            # Python would try once more at its exit, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(Unwritten.exit_code)


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        'sites create my-shop --name "My Shop" --wait',
        "sites list --all",
        "plugins install SITE yoast-seo",
        "operations watch OPERATION",
        "sites delete SITE --validate-only",
        "--role super-admin sites list --tenant tenant-456 -o json",
    ),
)
@click.version_option(package_name="bbws-cli", prog_name="bbws")
def main() -> None:
    """Create, change and look after WordPress sites through the Site Management API.

    Without --api and --token the local stack that `make run` has started is used, as the
    administrator of its first tenant.

    Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 API out of reach.
    """


main.params += connection_options(of_the_program=True)
for _group in (sites, operations, plugins, templates):
    main.add_command(_group)
add_audit(main)

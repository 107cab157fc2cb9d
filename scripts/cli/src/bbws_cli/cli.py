"""The program: its groups of commands."""

import click

from bbws_cli.commands.audit import add_audit
from bbws_cli.commands.operations import operations
from bbws_cli.commands.plugins import plugins
from bbws_cli.commands.sites import sites
from bbws_cli.commands.templates import templates
from bbws_cli.options import connection_options, examples


@click.group(
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

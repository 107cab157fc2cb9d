"""Time and memory of `scripts/import_vulnerabilities.py` with a feed of real size.

    .venv/bin/python benchmarks/feed.py [ENTRIES]

AWS is moto on this machine: 100 plugins in the catalogue, each on three sites. Every twentieth entry
is about one of the plugins. The second import is of the same feed.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from bbws_local.advisory_feed import write_feed
from bbws_local.measured import run_measured
from bbws_local.table import create_table
from bbws_shared import keys
from bbws_shared.attributes import to_attributes

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "import_vulnerabilities.py"
PLUGINS = [f"plugin-{number}" for number in range(100)]
SITES = 3
AWS = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "af-south-1",
}


def plugin(plugin_id: str) -> dict[str, Any]:
    """An entry of the catalogue."""
    key = keys.plugin(plugin_id)
    return {"PK": key.pk, "SK": key.sk, "pluginId": plugin_id, "vulnerabilities": []}


def installation(plugin_id: str, site_id: str) -> dict[str, Any]:
    """A plugin that a site has."""
    key = keys.installed_plugin("tenant-123", site_id, plugin_id)
    return {
        "PK": key.pk,
        "SK": key.sk,
        "GSI1PK": keys.installations(plugin_id),
        "GSI1SK": keys.installation("tenant-123", site_id),
        "pluginId": plugin_id,
        "siteId": site_id,
        "version": "1.5",
        "status": "INSTALLED",
    }


def prepare(dynamodb: Any) -> None:
    """The table with the catalogue and the installations."""
    create_table(dynamodb)
    items = [plugin(one) for one in PLUGINS]
    items += [installation(one, f"site-{n}") for one in PLUGINS for n in range(SITES)]
    for item in items:
        dynamodb.put_item(TableName="sites", Item=to_attributes(item))


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 42_000
    os.environ.update(AWS)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    prepare(boto3.client("dynamodb", endpoint_url=endpoint))
    topic = boto3.client("sns", endpoint_url=endpoint).create_topic(Name="notifications")
    with tempfile.TemporaryDirectory() as scratch:
        feed = Path(scratch, "feed.json")
        size = write_feed(feed, entries, PLUGINS) / 1e6
        command = [sys.executable, str(SCRIPT), str(feed), "--topic-arn", topic["TopicArn"]]
        print(f"{entries} entries, {size:.0f} MB")
        for name in ("first import", "second import"):
            run = run_measured(command, {**os.environ, "AWS_ENDPOINT_URL": endpoint})
            assert run.exit_code == 0, run.errors
            print(f"{name:<14} {run.seconds:>6.1f} s   at most {run.megabytes:.0f} MB of memory")
            print("\n".join(run.output.splitlines()[:3]))
    server.stop()


if __name__ == "__main__":
    main()

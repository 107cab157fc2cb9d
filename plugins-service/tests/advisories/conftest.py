import json
from dataclasses import dataclass
from typing import Any

import pytest

from bbws_local.testing import STAFF, TENANT, Account, Api, Reply
from bbws_shared import keys

VULNERABILITIES = "/v1.0/admin/vulnerabilities"


@dataclass
class Newsroom:
    """Staff who imports feeds; sites that have plugins; a subscriber of the topic."""

    api: Api
    account: Account
    topic_arn: str
    events_url: str

    def import_feed(self, *entries: dict[str, Any], **more: Any) -> Reply:
        """Import a feed of these entries."""
        feed = {entry["id"]: entry for entry in entries}
        return self.api.post(VULNERABILITIES, feed, caller=STAFF, **more)

    def install(
        self, version: str, plugin_id: str = "forms", *, site: int = 1, tenant: str = TENANT
    ) -> dict[str, Any]:
        """A site has a plugin in a version; how the installation is named."""
        site_id = f"site-0190163d-8694-739b-aea5-{site:012x}"
        pk, sk = keys.installed_plugin(tenant, site_id, plugin_id)
        named = {"siteId": site_id, "pluginId": plugin_id, "version": version}
        item = {
            "name": plugin_id.title(),
            "isActive": True,
            "installedAt": "2026-01-12T14:05:00.000Z",
            "installedBy": "me",
            "configuration": {},
            "status": "INSTALLED",
            "GSI1PK": keys.installations(plugin_id),
            "GSI1SK": keys.installation(tenant, site_id),
        }
        self.account.put({"PK": pk, "SK": sk, **named, **item})
        self.account.calls.clear()
        return {"tenantId": tenant, **named}

    def change(self, installed: dict[str, Any], **fields: Any) -> None:
        """Change an installation as if by another request."""
        self.account.put(self._record(installed) | fields)

    def flags(self, installed: dict[str, Any]) -> list[str]:
        """The vulnerabilities with which an installation is flagged."""
        flagged: list[str] = self._record(installed).get("vulnerabilityIds", [])
        return flagged

    def known(self, plugin_id: str = "forms") -> list[dict[str, Any]]:
        """The vulnerabilities that the API shows of a plugin."""
        shown: list[dict[str, Any]] = self.api.get(f"/v1.0/plugins/{plugin_id}").json[
            "vulnerabilities"
        ]
        return shown

    def revision(self, plugin_id: str = "forms") -> int:
        """How often a plugin's entry was changed."""
        items = {item["SK"]: item for item in self.account.items() if item["PK"] == "PLUGIN"}
        revision: int = items[f"PLUGIN#{plugin_id}"].get("revision", 0)
        return revision

    def events(self) -> list[dict[str, Any]]:
        """What was published since the last look."""
        found: list[dict[str, Any]] = []
        while messages := self.account.messages(self.events_url):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.account.client("sqs").delete_message(
                    QueueUrl=self.events_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def _record(self, installed: dict[str, Any]) -> dict[str, Any]:
        key = keys.installed_plugin(
            installed["tenantId"], installed["siteId"], installed["pluginId"]
        )
        (item,) = [one for one in self.account.items() if (one["PK"], one["SK"]) == key]
        return item


@pytest.fixture
def newsroom(api: Api, account: Account, variables: dict[str, str]) -> Newsroom:
    sqs, topic = account.client("sqs"), variables["NOTIFICATION_TOPIC_ARN"]
    events = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=events, AttributeNames=["QueueArn"])
    account.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    account.calls.clear()
    return Newsroom(api, account, topic, events)

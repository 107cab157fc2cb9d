"""sites-service and async-processor in this process: HTTP events in, SQS events in.

Faster than a running stack, and the clock is the test's, so days can pass in a test.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bbws_local.testing import TENANT, Account, Api, Clock, LambdaContext, Reply
from bbws_local.wordpress import ControlClient, SimulatorServer
from bbws_shared import keys
from bbws_shared.config import ProcessorSettings
from bbws_shared.sites import Site
from processor.app import Processor
from sites.app import Settings, build_app

Json = dict[str, Any]

SITES = f"/v1.0/tenants/{TENANT}/sites"
RECEIVES = (1, 2, 3)
GRACE_SECONDS = 24 * 3600
_QUEUES = ("CREATION_QUEUE_URL", "UPDATE_QUEUE_URL", "DELETION_QUEUE_URL")


@dataclass
class Services:
    """The two services on one account and one WordPress, and ways to look at what they did."""

    account: Account
    wordpress: SimulatorServer
    clock: Clock
    variables: Mapping[str, str]
    api: Api
    processor: Processor
    _completed: set[str] = field(default_factory=set)

    @property
    def control(self) -> ControlClient:
        """How the simulator is told to fail."""
        return ControlClient(self.wordpress.url)

    def work(self, *receives: int) -> None:
        """Deliver what is in the queues, so often as `receives` counts (once without)."""
        while messages := self._messages():
            for message in messages:
                for receive in receives or (1,):
                    self._deliver(message["Body"], receive)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Json:
        """A request that is granted; a moment later its work is done."""
        reply = self.api.call(method, path, body, **more)
        assert reply.status in (200, 202), reply.text
        self.work()
        return self.found(reply)

    def found(self, reply: Reply) -> Json:
        """A reply's body; time goes on, so that ids are in the order of the requests."""
        self.clock.advance(1)
        body: Json = reply.json
        return body

    def control_operation(self, operation_id: str, verb: str) -> Reply:
        """Cancel or retry an operation."""
        reply = self.api.post(f"/v1.0/operations/{operation_id}/{verb}")
        self.clock.advance(1)
        return reply

    def operation(self, operation_id: str) -> Json:
        """An operation as a customer sees it."""
        found: Json = self.api.get(f"/v1.0/operations/{operation_id}").json
        return found

    def site(self, site_id: str) -> Json:
        """A site as a customer sees it."""
        found: Json = self.api.get(f"{SITES}/{site_id}").json
        return found

    def backups(self, site_id: str) -> list[Json]:
        """A site's backups, the newest first."""
        found: list[Json] = self.api.get(f"{SITES}/{site_id}/backups").json["items"]
        return found

    def subscribe(self, queue_url: str) -> None:
        """Have the events that are published come to a queue."""
        sqs = self.account.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        self.account.client("sns").subscribe(
            TopicArn=self.variables["NOTIFICATION_TOPIC_ARN"],
            Protocol="sqs",
            Endpoint=found["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def tick(self) -> None:
        """The reconciler's minute."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        self.processor(event, LambdaContext())

    def in_wordpress(self) -> set[str]:
        """The ids of the sites that WordPress has."""
        sites = self.control.state(TENANT)["sites"]
        return {site["externalId"] for site in sites if site.get("externalId")}

    def active(self, subdomain: str = "corner-shop") -> str:
        """The id of a new site that is ACTIVE."""
        body = {"siteName": "Corner Shop", "subdomain": subdomain}
        made: str = self.ask("POST", SITES, body)["siteId"]
        return made

    def promoted(self, site_id: str, target: str) -> str:
        """The id of the site that a promotion has made."""
        path, body = f"{SITES}/{site_id}/promote", {"targetEnvironment": target}
        made: str = self.ask("POST", path, body)["siteId"]
        return made

    def check(self) -> None:
        """What must hold at any moment, whatever has failed.

        A site that WordPress has keeps its record, its address and its place; the quota counts the
        sites that hold one; a backup that was COMPLETED stays so, with its archive.
        """
        items = self.account.items()
        sites = {s.site_id: s for s in (_site(item) for item in items) if s is not None}
        for site_id in self.in_wordpress():
            site = sites[site_id]
            assert site.status != "DELETED", site
            assert site.holds_address, site
        held = [site for site in sites.values() if site.holds_address]
        for site in held:
            pk, sk = keys.address(site.subdomain, site.environment)
            (address,) = [i for i in items if (i["PK"], i["SK"]) == (pk, sk)]
            assert address["siteId"] == site.site_id
        (quota,) = [item for item in items if item["SK"] == "QUOTA"]
        assert quota["currentSites"] == len(held)
        self._check_backups([item for item in items if item["SK"].startswith(keys.BACKUP_PREFIX)])

    def _check_backups(self, backups: list[Json]) -> None:
        done = {b["backupId"]: b for b in backups if b["status"] == "COMPLETED"}
        assert self._completed <= done.keys(), "a completed backup is lost"
        self._completed |= done.keys()
        s3 = self.account.client("s3")
        for backup in done.values():
            bucket = self.variables["BACKUP_BUCKET"]
            s3.head_object(Bucket=bucket, Key=backup["objectKey"])

    def _messages(self) -> list[Json]:
        sqs, taken = self.account.client("sqs"), []
        for name in _QUEUES:
            url = self.variables[name]
            for message in self.account.messages(url):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(message)
        return taken

    def _deliver(self, body: str, receive: int) -> None:
        record = {
            "messageId": json.loads(body)["payload"]["operationId"],
            "receiptHandle": "handle",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receive)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:af-south-1:123456789012:queue",
            "awsRegion": "af-south-1",
        }
        self.processor({"Records": [record]}, LambdaContext())


def _site(item: Json) -> Site | None:
    is_site = item["SK"].startswith(keys.SITE_PREFIX) and item["PK"] == keys.tenant(TENANT)
    return Site.from_item(item) if is_site else None


@contextmanager
def services_on(endpoint_url: str, clock: Clock) -> Iterator[Services]:
    """The services on an empty account at this address of the emulator."""
    import requests

    requests.post(f"{endpoint_url}/moto-api/reset", timeout=10)
    account = Account(endpoint_url)
    sqs, bucket = account.client("sqs"), "bbws-wp-backups-dev"
    place = {"LocationConstraint": "af-south-1"}
    account.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    topic = account.client("sns").create_topic(Name="bbws-wp-notifications-dev")["TopicArn"]
    with SimulatorServer(account.grant_wordpress(TENANT)) as wordpress:
        variables = account.prepare() | {
            "NOTIFICATION_TOPIC_ARN": topic,
            "DLQ_URL": sqs.create_queue(QueueName="bbws-wp-site-operations-dlq-dev")["QueueUrl"],
            "BACKUP_BUCKET": bucket,
            "WORDPRESS_BASE_URL": wordpress.url,
            "WORDPRESS_TIMEOUT_SECONDS": "2",
        }
        yield Services(
            account,
            wordpress,
            clock,
            variables,
            Api(build_app(Settings.load(variables), account.client, clock)),
            Processor(ProcessorSettings.load(variables), account.client, clock),
        )

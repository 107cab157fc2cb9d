"""The processor against a real HTTP emulator and a WordPress that can be told to fail."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Account, Clock, LambdaContext
from bbws_local.wordpress import ControlClient, SimulatorServer
from bbws_shared import identifiers, keys, reservations
from bbws_shared.config import ProcessorSettings
from bbws_shared.messages import OperationMessage
from bbws_shared.operations import Operation, OperationType
from bbws_shared.records import insert
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import Table
from bbws_shared.timestamps import timestamp
from processor.app import Processor

pytest_plugins = ["bbws_local.fixtures"]

QUEUES = {
    OperationType.SITE_UPDATE: "UPDATE_QUEUE_URL",
    OperationType.SITE_CLONE: "CREATION_QUEUE_URL",
    OperationType.SITE_CREATION: "CREATION_QUEUE_URL",
    OperationType.SITE_DELETION: "DELETION_QUEUE_URL",
    OperationType.SITE_PURGE: "DELETION_QUEUE_URL",
}


@pytest.fixture
def account(credentials: None, emulator: str) -> Account:
    """An empty account on the emulator."""
    import requests

    requests.post(f"{emulator}/moto-api/reset", timeout=10)
    return Account(emulator)


@pytest.fixture
def variables(account: Account) -> dict[str, str]:
    prepared = account.prepare()
    sqs, sns = account.client("sqs"), account.client("sns")
    topic = sns.create_topic(Name="bbws-wp-notifications-dev")["TopicArn"]
    events = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=events, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    account.client("s3").create_bucket(
        Bucket="bbws-wp-backups-dev",
        CreateBucketConfiguration={"LocationConstraint": "af-south-1"},
    )
    return prepared | {
        "NOTIFICATION_TOPIC_ARN": topic,
        "EVENTS_QUEUE_URL": events,
        "DLQ_URL": sqs.create_queue(QueueName="bbws-wp-site-operations-dlq-dev")["QueueUrl"],
        "BACKUP_BUCKET": "bbws-wp-backups-dev",
    }


@dataclass
class World:
    """An account, its WordPress and the processor, and ways to look at them."""

    account: Account
    wordpress: SimulatorServer
    clock: Clock
    variables: dict[str, str]
    processor: Callable[[dict[str, Any], Any], Any]
    delayed: list[tuple[str, int]] = field(default_factory=list)

    @property
    def control(self) -> ControlClient:
        """How the simulator is told to fail."""
        return ControlClient(self.wordpress.url)

    def create(self, **fields: Any) -> tuple[Site, Operation]:
        """A site as sites-service stores it at POST /sites."""
        at = timestamp(self.clock())
        operation_id = identifiers.new_operation_id(self.clock())
        values: dict[str, Any] = {
            "site_id": identifiers.new_site_id(self.clock()),
            "tenant_id": TENANT,
            "site_name": "Corner Shop",
            "subdomain": "corner-shop",
            "environment": Environment.DEV,
            "configuration": {"title": "Corner Shop", "tagline": "All you need"},
            "status": SiteStatus.PROVISIONING,
            "active_operation_id": operation_id,
            "created_at": at,
            "created_by": "me",
            "updated_at": at,
        }
        site = Site(**values | fields)
        operation = self.operation(OperationType.SITE_CREATION, site, operation_id)
        table = Table(self.account.client("dynamodb"), "sites")
        claims = reservations.claim(site, operation_id)
        table.transact([insert(site), insert(operation), *claims])
        return site, operation

    def operation(
        self, kind: OperationType, site: Site, operation_id: str, **inputs: Any
    ) -> Operation:
        """A new operation on a site."""
        return Operation.new(
            kind,
            timestamp(self.clock()),
            operation_id=operation_id,
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            correlation_id="portal-42",
            created_by="me",
            inputs=inputs,
        )

    def active(self, **fields: Any) -> Site:
        """A site that is created and ACTIVE."""
        site, operation = self.create(**fields)
        assert self.deliver(operation) == []
        self.events()
        return self.site(site.site_id)

    def begin(self, kind: OperationType, site: Site, **inputs: Any) -> Operation:
        """An operation as sites-service stores it on a site that is there."""
        operation_id = identifiers.new_operation_id(self.clock())
        at = timestamp(self.clock())
        self.account.put(site.changed(at, active_operation_id=operation_id).to_item())
        operation = self.operation(kind, site, operation_id, **inputs)
        self.account.put(operation.to_item())
        return operation

    def plan_backup(self, site: Site, operation_id: str = "op-x") -> str:
        """A backup that an operation is about to make; its id."""
        backup_id = identifiers.new_backup_id(self.clock())
        pk, sk = keys.backup(site.tenant_id, site.site_id, backup_id)
        names = {"backupId": backup_id, "siteId": site.site_id, "operationId": operation_id}
        self.account.put({"PK": pk, "SK": sk, "status": "PENDING", **names})
        return backup_id

    def use_template(self, site: Site, template_id: str, users: int) -> None:
        """Make the site one of so many users of a template."""
        pk, sk = keys.template(template_id)
        self.account.put({"PK": pk, "SK": sk, "templateId": template_id, "usedBy": users})
        self.account.put(site.changed(site.updated_at, template_id=template_id).to_item())

    def install_record(self, site: Site, plugin_id: str, **fields: Any) -> None:
        """Store a plugin as installed, as plugins-service does."""
        pk, sk = keys.installed_plugin(TENANT, site.site_id, plugin_id)
        item = {
            "PK": pk,
            "SK": sk,
            "GSI1PK": keys.installations(plugin_id),
            "GSI1SK": keys.installation(TENANT, site.site_id),
            "pluginId": plugin_id,
            "siteId": site.site_id,
            "name": plugin_id.title(),
            "version": "2.1.0",
            "isActive": True,
            "installedAt": site.created_at,
            "installedBy": "me",
            "configuration": {},
            "status": "INSTALLED",
        }
        self.account.put({**item, **fields})

    def backup(self, backup_id: str) -> dict[str, Any]:
        """A backup as it is stored."""
        return self.item(f"BACKUP#{backup_id}")

    def begin_deletion(self, site: Site, **changes: Any) -> Operation:
        """A deletion as sites-service stores it at DELETE /sites/{siteId}."""
        operation_id = identifiers.new_operation_id(self.clock())
        backup_id = identifiers.new_backup_id(self.clock())
        deleting = site.transition(
            SiteStatus.DEPROVISIONING,
            timestamp(self.clock()),
            active_operation_id=operation_id,
            deletion_operation_id=operation_id,
            backup_id=backup_id if site.wordpress_site_id else None,
            **changes,
        )
        inputs = {"previousStatus": site.status, "hasGrace": deleting.purge_after is not None}
        if site.wordpress_site_id:
            inputs["backupId"] = backup_id
        operation = self.operation(OperationType.SITE_DELETION, deleting, operation_id, **inputs)
        self.account.put(deleting.to_item())
        self.account.put(operation.to_item())
        if site.wordpress_site_id:
            pk, sk = keys.backup(site.tenant_id, site.site_id, backup_id)
            item = {"PK": pk, "SK": sk, "backupId": backup_id, "status": "PENDING"}
            self.account.put(item)
        return operation

    def record(self, operation: Operation, receives: int = 1) -> dict[str, Any]:
        """The SQS record that delivers an operation."""
        body = OperationMessage.of(operation, timestamp(self.clock())).model_dump_json(
            by_alias=True
        )
        return {
            "messageId": str(uuid4()),
            "receiptHandle": "handle",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:af-south-1:123456789012:queue",
            "awsRegion": "af-south-1",
        }

    def deliver(
        self, operation: Operation, receives: int = 1, context: LambdaContext | None = None
    ) -> list[str]:
        """Deliver an operation; the ids of the messages that have to be delivered again."""
        record = self.record(operation, receives)
        answer = self.processor({"Records": [record]}, context or LambdaContext())
        failures = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        assert failures in ([], [record["messageId"]])
        return failures

    def tick(self) -> None:
        """The schedule's event."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        self.processor(event, LambdaContext())

    def item(self, prefix: str) -> dict[str, Any]:
        """The only item whose sort key begins so."""
        (item,) = [i for i in self.account.items() if i["SK"].startswith(prefix)]
        return item

    def site(self, site_id: str) -> Site:
        """A site as it is stored."""
        return Site.from_item(self.item(f"SITE#{site_id}"))

    def stored(self, operation: Operation) -> Operation:
        """An operation as it is stored."""
        return Operation.from_item(self.item(f"OP#{operation.operation_id}"))

    def events(self) -> list[dict[str, Any]]:
        """What has been published since the last look."""
        messages = self.account.messages(self.variables["EVENTS_QUEUE_URL"])
        return [json.loads(message["Body"]) for message in messages]

    def effects(self, effect: str | None = None) -> list[str]:
        """What happened in WordPress."""
        found = self.wordpress.state.effects(TENANT)
        return [e.effect for e in found if effect in (None, e.effect)]

    def quota(self) -> int:
        """How many places the tenant holds."""
        current: int = self.item("QUOTA")["currentSites"]
        return current

    def has_address(self) -> bool:
        """Whether the address is taken."""
        return any(i["PK"] == "ADDRESS#corner-shop" for i in self.account.items())

    def queued(self, kind: OperationType) -> list[dict[str, Any]]:
        """Messages in the queue of this kind of operation."""
        messages = self.account.messages(self.variables[QUEUES[kind]])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture
def world(account: Account, variables: dict[str, str], clock: Clock) -> Iterator[World]:
    tenants = account.grant_wordpress(TENANT, OTHER_TENANT)
    with SimulatorServer(tenants) as wordpress:
        settings = ProcessorSettings.load(
            {**variables, "WORDPRESS_BASE_URL": wordpress.url, "WORDPRESS_TIMEOUT_SECONDS": "1"}
        )
        processor = Processor(settings, account.client, clock)
        account.calls.clear()
        yield World(account, wordpress, clock, variables, processor)

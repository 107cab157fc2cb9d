"""An event reaches those who subscribe to its type and its tenant."""

import json

from bbws_local.testing import Account
from bbws_shared.notifications import Notifications


def test_subscribers_filter_by_type_and_tenant(account: Account) -> None:
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name="bbws-wp-notifications-dev")["TopicArn"]
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    wanted = {"eventType": ["plugin.vulnerable"], "tenantId": ["tenant-123"]}
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(wanted)},
    )
    notifications = Notifications(sns, topic)
    events = [
        {"eventType": kind, "payload": {"tenantId": tenant}}
        for kind in ("plugin.vulnerable", "site.created")
        for tenant in ("tenant-123", "tenant-456")
    ]
    for event in events:
        notifications.publish(event)
    assert [json.loads(message["Body"]) for message in account.messages(queue)] == events[:1]

"""SQS delivers at least once and in any order; the outcome is the same."""

from bbws_local.specification import PROCESSOR
from e2e.portal import Backstage, Json, Portal, eventually

CREATION = "bbws-wp-site-creation-dev"


def _waiting_message(backstage: Backstage) -> str:
    """The body of the message that waits in the creation queue, put back at once."""
    (message,) = eventually(lambda: backstage.messages(CREATION))
    backstage.stack.clients.sqs.change_message_visibility(
        QueueUrl=backstage.queue_url(CREATION),
        ReceiptHandle=message["ReceiptHandle"],
        VisibilityTimeout=0,
    )
    body: str = message["Body"]
    return body


def _send(backstage: Backstage, body: str, times: int = 1) -> None:
    for _ in range(times):
        backstage.stack.clients.sqs.send_message(
            QueueUrl=backstage.queue_url(CREATION), MessageBody=body
        )


def _queued_creation(portal: Portal, backstage: Backstage, subdomain: str) -> tuple[Json, str]:
    backstage.stop(PROCESSOR)
    created = portal.create(subdomain)
    return created, _waiting_message(backstage)


def _creation_queue_is_empty(backstage: Backstage) -> bool:
    counted = backstage.stack.clients.sqs.get_queue_attributes(
        QueueUrl=backstage.queue_url(CREATION), AttributeNames=["All"]
    )["Attributes"]
    waiting = counted["ApproximateNumberOfMessages"]
    return waiting == counted["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_the_same_message_five_times_at_once_makes_one_site(
    portal: Portal, backstage: Backstage
) -> None:
    created, body = _queued_creation(portal, backstage, "five-times")
    _send(backstage, body, times=4)
    backstage.start(PROCESSOR)
    operation = portal.wait_for(created["operationId"])
    eventually(lambda: _creation_queue_is_empty(backstage))
    assert operation["status"] == "COMPLETED"
    assert portal.site(created["siteId"])["status"] == "ACTIVE"
    assert len(backstage.wordpress_sites()) == 1
    assert len(backstage.effects("site_created")) == 1
    assert backstage.item("QUOTA")["currentSites"] == 1


def test_a_create_delivered_after_its_delete_makes_no_site(
    portal: Portal, backstage: Backstage
) -> None:
    created, body = _queued_creation(portal, backstage, "too-late")
    backstage.start(PROCESSOR)
    portal.wait_for(created["operationId"])
    deletion = portal.delete(created["siteId"])
    assert portal.wait_for(deletion["operationId"])["status"] == "COMPLETED"
    _send(backstage, body, times=3)
    eventually(lambda: _creation_queue_is_empty(backstage))
    assert portal.site(created["siteId"])["status"] == "DELETED"
    assert backstage.wordpress_sites() == []
    assert len(backstage.effects("site_created")) == 1


def test_a_create_that_failed_and_was_deleted_stays_deleted_when_it_is_delivered_again(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault("status", method="POST", path="/sites$", status=400, times=1)
    created, body = _queued_creation(portal, backstage, "failed-first")
    backstage.start(PROCESSOR)
    assert portal.wait_for(created["operationId"])["status"] == "FAILED"
    deletion = portal.delete(created["siteId"])
    assert portal.wait_for(deletion["operationId"])["status"] == "COMPLETED"
    _send(backstage, body)
    eventually(lambda: _creation_queue_is_empty(backstage))
    assert portal.site(created["siteId"])["status"] == "DELETED"
    assert backstage.effects("site_created") == []
    assert backstage.item("QUOTA")["currentSites"] == 0


def test_a_site_that_is_being_created_cannot_be_deleted_under_its_creation(
    portal: Portal, backstage: Backstage
) -> None:
    created, _ = _queued_creation(portal, backstage, "in-the-making")
    answer = portal.call("DELETE", f"{portal.sites}/{created['siteId']}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "SITE_007")
    backstage.start(PROCESSOR)
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"


def test_a_message_that_is_none_ends_in_the_dlq_and_stops_nothing(
    portal: Portal, backstage: Backstage
) -> None:
    _send(backstage, '{"messageType": "NONSENSE"}')
    assert portal.active_site("beside-nonsense")["status"] == "ACTIVE"

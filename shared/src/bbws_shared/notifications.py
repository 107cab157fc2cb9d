"""Publishing on the topic."""

import json
from typing import Any


class Notifications:
    """The topic `bbws-wp-notifications-{env}`."""

    def __init__(self, sns: Any, topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def publish(self, event: dict[str, Any]) -> None:
        """Publish an event; subscribers filter by its type and tenant. Raises botocore's errors."""
        attributes = {"eventType": event["eventType"], "tenantId": event["payload"]["tenantId"]}
        self._sns.publish(
            TopicArn=self._topic_arn,
            Message=json.dumps(event),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

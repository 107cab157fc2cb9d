"""Idempotency-Key: the first answer to a request, given again to each repetition for 24 hours.

Powertools' idempotency does the work (locking, expiry of a lock whose holder died, comparing the
payload); this module gives its records their keys in our table and decides which answers last.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.idempotency.persistence.dynamodb import (
    DynamoDBPersistenceLayer,
)

from bbws_shared import keys
from bbws_shared.errors import IdempotencyInProgress, IdempotencyKeyReused

Answer = dict[str, Any]
RETENTION_SECONDS: Final = 24 * 3600
_PASSING: Final = frozenset({401, 403, 412, 429})


class _PassingAnswer(Exception):
    """An answer that a repetition may well find changed, so it is not stored."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("not stored")
        self.answer = answer


class _Records(DynamoDBPersistenceLayer):
    """Powertools' records under our keys, each in a partition of its own."""

    def _get_key(self, idempotency_key: str) -> dict[str, Any]:
        pk, sk = keys.idempotency(idempotency_key)
        return {"PK": {"S": pk}, "SK": {"S": sk}}


class Idempotency:
    """Answers requests once."""

    def __init__(self, dynamodb: Any, table_name: str) -> None:
        self._records = _Records(
            table_name=table_name, key_attr="PK", expiry_attr="expiresAt", boto3_client=dynamodb
        )

    def answer(
        self, digest: str, content: str, context: Any, respond: Callable[[], Answer]
    ) -> Answer:
        """The first answer to the request that `digest` identifies.

        Answers that a repetition may find changed (5xx, 401, 403, 429) are not stored.

        Raises:
            IdempotencyInProgress: while the first request has no answer.
            IdempotencyKeyReused: when the first request had another query or body.
        """
        config = IdempotencyConfig(
            event_key_jmespath="digest",
            payload_validation_jmespath="content",
            expires_after_seconds=RETENTION_SECONDS,
            hash_function="sha256",
            lambda_context=context,
            response_hook=_mark_replayed,  # type: ignore[arg-type]
        )

        @idempotent_function(  # type: ignore[untyped-decorator]
            data_keyword_argument="request",
            persistence_store=self._records,
            config=config,
            key_prefix="request",
        )
        def once(*, request: dict[str, str]) -> Answer:  # noqa: ARG001 (Powertools reads it)
            answer = respond()
            if _is_passing(answer):
                raise _PassingAnswer(answer)
            return answer

        try:
            return cast(Answer, once(request={"digest": digest, "content": content}))
        except _PassingAnswer as passing:
            return passing.answer
        except IdempotencyAlreadyInProgressError:
            raise IdempotencyInProgress(
                "The first request with this Idempotency-Key is still being answered."
            ) from None
        except IdempotencyValidationError:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used with another query or body."
            ) from None


def _is_passing(answer: Answer) -> bool:
    """Whether a later try may succeed; so it may when a refusal itself says when to try again."""
    status = answer["statusCode"]
    is_put_off = status >= 400 and "Retry-After" in answer["headers"]
    return status >= 500 or status in _PASSING or is_put_off


def _mark_replayed(answer: Any, _record: DataRecord) -> Any:
    answer["headers"]["Idempotent-Replayed"] = "true"
    return answer

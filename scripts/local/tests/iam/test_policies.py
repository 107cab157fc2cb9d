"""What a role's policies allow, by IAM's own logic."""

import json
from typing import Any

import pytest

from bbws_local.iam.actions import Authorization
from bbws_local.iam.policies import Permissions, Statement, matches, statements_of

READ = Authorization("s3:GetObject", "arn:aws:s3:::backups/tenant/site")


def _statements(*given: dict[str, Any]) -> tuple[Statement, ...]:
    return statements_of(json.dumps({"Version": "2012-10-17", "Statement": list(given)}))


def _allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_what_nothing_allows_is_denied() -> None:
    assert not Permissions(()).allow(READ, {})
    assert not Permissions(_statements(_allow("s3:PutObject", "*"))).allow(READ, {})


def test_each_action_of_a_statement_is_allowed_on_each_of_its_resources() -> None:
    statements = _statements(_allow(["s3:GetObject", "s3:PutObject"], ["a", "b"]))
    assert [(one.action, one.resource) for one in statements] == [
        ("s3:GetObject", "a"), ("s3:GetObject", "b"), ("s3:PutObject", "a"), ("s3:PutObject", "b")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("arn:aws:s3:::backups/*", "arn:aws:s3:::backups/a/b", True),
        ("arn:aws:s3:::backups", "arn:aws:s3:::backups/a", False),
        ("secret:password-??????", "secret:password-AbCdEf", True),
        ("secret:password-??????", "secret:password-AbCdEfG", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
    ],
)
def test_only_star_and_question_mark_stand_for_other_text(
    pattern: str, text: str, fits: bool
) -> None:
    assert matches(pattern, text) is fits


def test_the_case_of_an_action_says_nothing_and_that_of_a_resource_does() -> None:
    assert Permissions(_statements(_allow("S3:getobject", READ.resource))).allow(READ, {})
    assert not Permissions(_statements(_allow("s3:*", READ.resource.upper()))).allow(READ, {})


def test_a_denial_wins() -> None:
    denial = {**_allow("s3:*", "*"), "Effect": "Deny"}
    assert not Permissions(_statements(_allow("s3:*", "*"), denial)).allow(READ, {})


def test_a_boundary_limits_and_gives_nothing() -> None:
    all_of_s3 = _statements(_allow("s3:*", "*"))
    other = _statements(_allow("sqs:*", "*"))
    assert Permissions(all_of_s3, all_of_s3).allow(READ, {})
    assert not Permissions(all_of_s3, other).allow(READ, {})
    assert not Permissions((), all_of_s3).allow(READ, {})


def test_a_condition_has_to_hold() -> None:
    via = {"StringEquals": {"kms:ViaService": "sns.af-south-1.amazonaws.com"}}
    permissions = Permissions(_statements(_allow("kms:Decrypt", "*", Condition=via)))
    assert permissions.allow(Authorization("kms:Decrypt", "k", "sns.af-south-1.amazonaws.com"), {})
    assert not permissions.allow(Authorization("kms:Decrypt", "k", "s3.amazonaws.com"), {})
    assert not permissions.allow(Authorization("kms:Decrypt", "k"), {})


def test_a_denial_for_some_does_not_deny_the_others() -> None:
    whose = {"ArnEquals": {"lambda:SourceFunctionArn": ["arn:f:one", "arn:f:two*"]}}
    denial = {**_allow("s3:*", "*", Condition=whose), "Effect": "Deny"}
    permissions = Permissions(_statements(_allow("s3:*", "*"), denial))
    assert permissions.allow(READ, {})
    assert permissions.allow(READ, {"lambda:SourceFunctionArn": "arn:f:three"})
    assert not permissions.allow(READ, {"lambda:SourceFunctionArn": "arn:f:two:live"})


def test_what_is_not_understood_is_not_guessed() -> None:
    odd = _statements(_allow("s3:*", "*", Condition={"DateLessThan": {"aws:CurrentTime": "2026"}}))
    with pytest.raises(NotImplementedError, match="DateLessThan of aws:CurrentTime"):
        Permissions(odd).allow(READ, {})
    with pytest.raises(NotImplementedError, match="NotAction"):
        _statements({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})

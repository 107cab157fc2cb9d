from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.auth import PERMISSIONS, Permission, Role, caller_of, claim_list
from bbws_shared.errors import NotAuthenticated, NotAuthorized

_NAMES = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20), max_size=5
)


def _event(**claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}


@given(_NAMES)
@pytest.mark.parametrize(
    "form",
    [
        lambda names: f"[{' '.join(names)}]",
        lambda names: f"[{', '.join(names)}]",
        ",".join,
        str,
        lambda names: names,
    ],
    ids=["gateway", "brackets", "commas", "quoted", "list"],
)
def test_a_list_of_claims_is_read_in_every_form(form: Any, names: list[str]) -> None:
    assert claim_list(form(names)) == names


def test_groups_that_are_no_roles_grant_nothing() -> None:
    caller = caller_of(_event(sub="u", **{"cognito:groups": "[editors CUSTOMER_VIEWER]"}))
    assert caller.roles == {Role.CUSTOMER_VIEWER}
    assert caller.may(Permission.READ)
    with pytest.raises(NotAuthorized):
        caller.require(Permission.WRITE_SITES)


def test_a_role_is_its_whole_name() -> None:
    caller = caller_of(_event(sub="u", **{"cognito:groups": "[not-super-admin XCUSTOMER_ADMIN]"}))
    assert caller.roles == frozenset()
    assert not caller.is_staff


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, _event(), _event(sub="")])
def test_without_verified_claims_nobody_calls(event: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        caller_of(event)


def test_each_role_may_what_the_one_below_may() -> None:
    ladder = [Role.CUSTOMER_VIEWER, Role.CUSTOMER_USER, Role.CUSTOMER_ADMIN, Role.SUPER_ADMIN]
    for lower, higher in pairwise(ladder):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]
    assert PERMISSIONS[Role.CUSTOMER_ADMIN] == PERMISSIONS[Role.CUSTOMER_SUPER_ADMIN]


def test_only_staff_and_members_act_for_a_tenant() -> None:
    member = caller_of(_event(sub="u", email="a@b.io", **{"custom:tenantIds": "tenant-1,tenant-2"}))
    assert member.belongs_to("tenant-2")
    assert member.name == "a@b.io"
    with pytest.raises(NotAuthorized):
        member.require_tenant("tenant-3")
    staff = caller_of(_event(sub="s", **{"cognito:groups": ["super-admin"]}))
    assert staff.belongs_to("tenant-3")


def test_a_permission_that_the_role_grants_lets_the_caller_pass() -> None:
    claims = {"cognito:groups": "[CUSTOMER_USER]", "custom:tenantIds": "tenant-1"}
    caller = caller_of(_event(sub="u", **claims))
    caller.require(Permission.WRITE_SITES)
    caller.require_tenant("tenant-1")
    assert caller.name == "u", "without an address the id has to do"
    with pytest.raises(NotAuthorized, match="delete, suspend"):
        caller.require(Permission.ADMINISTER_SITES)


def test_a_missing_claim_is_an_empty_list() -> None:
    assert claim_list(None) == []
    assert not caller_of(_event(sub="u")).belongs_to("")

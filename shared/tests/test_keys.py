"""The key patterns: whatever the ids are, two kinds of entity never meet."""

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bbws_shared import keys
from bbws_shared.keys import Key

_KINDS: dict[str, tuple[Any, int]] = {
    "site": (keys.site, 2),
    "quota": (keys.quota, 1),
    "operation": (keys.operation, 2),
    "address": (keys.address, 2),
    "installed plugin": (keys.installed_plugin, 3),
    "backup": (keys.backup, 3),
    "template": (keys.template, 1),
    "plugin": (keys.plugin, 1),
    "idempotency": (keys.idempotency, 1),
    "audit entry": (keys.audit_entry, 2),
    "plugin changes": (keys.plugin_changes, 2),
    "backed up plugin": (keys.backed_up_plugin, 4),
}
# The partitions of each index, by the kind of entity that stands in them.
_INDEXES: list[dict[str, tuple[Any, int]]] = [
    {
        "sites": (keys.sites_by_status, 2),
        "operations": (keys.operations_by_status, 2),
        "templates": (keys.templates_by_status, 1),
        "plugins": (keys.plugins_by_vetting, 1),
    },
    {"sites": (keys.sites_by_environment, 2), "operations": (keys.operations_by_site, 1)},
    {"by id": (keys.by_id, 1), "installed plugins": (keys.installations, 1)},
]
# Ids have no '#': letters, digits and '-', '.', '_' of any length.
_IDS = st.text("abcXYZ019-._", min_size=1, max_size=12)
_ANYTHING = st.text(max_size=12) | st.sampled_from(["QUOTA", "TENANT#a", "x#SITE#y", "SITE#", "#"])


def test_every_key_function_is_held_to_these_promises() -> None:
    made = {
        name
        for name, function in vars(keys).items()
        if getattr(function, "__annotations__", {}).get("return") is Key
    }
    assert made == {function.__name__ for function, _ in _KINDS.values()}


@given(st.data())
def test_no_two_kinds_of_entity_share_a_key(data: st.DataObject) -> None:
    """Even where an id holds the separator."""
    ids = data.draw(st.lists(_ANYTHING, min_size=1, max_size=3))
    made = {}
    for kind, (function, count) in _KINDS.items():
        arguments = [data.draw(st.sampled_from(ids)) for _ in range(count)]
        made[kind] = function(*arguments)
    for one, other in combinations(made, 2):
        assert made[one] != made[other], (one, other)


@given(st.sampled_from(sorted(_KINDS)), st.data())
def test_two_entities_of_one_kind_have_different_keys(kind: str, data: st.DataObject) -> None:
    function, count = _KINDS[kind]
    arguments = st.tuples(*[_IDS] * count)
    one, other = data.draw(arguments), data.draw(arguments)
    assert (function(*one) == function(*other)) == (one == other)


@given(st.data())
def test_a_partition_of_an_index_holds_one_kind_and_one_filter(data: st.DataObject) -> None:
    for partitions in _INDEXES:
        made: dict[str, tuple[str, tuple[str, ...]]] = {}
        for kind, (function, count) in partitions.items():
            arguments = data.draw(st.tuples(*[_IDS] * count))
            partition = function(*arguments)
            assert made.setdefault(partition, (kind, arguments)) == (kind, arguments)


@given(_IDS, _IDS)
def test_what_belongs_to_a_tenant_is_in_its_partition(tenant: str, entity: str) -> None:
    assert keys.site(tenant, entity).pk == keys.tenant(tenant)
    assert keys.operation(tenant, entity).pk == keys.tenant(tenant)
    assert keys.quota(tenant).pk == keys.tenant(tenant)
    assert keys.installed_plugin(tenant, entity, "p").pk == keys.site_partition(tenant, entity)
    assert keys.backup(tenant, entity, "b").pk == keys.site_partition(tenant, entity)


@given(st.tuples(_IDS, _IDS), st.tuples(_IDS, _IDS))
def test_each_installation_of_a_plugin_has_a_place_of_its_own(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (keys.installation(*one) == keys.installation(*other)) == (one == other)
    assert keys.tenant_of_installation(keys.installation(*one)) == one[0]


@given(_IDS)
def test_an_id_alone_finds_its_kind(entity: str) -> None:
    assert keys.by_id(f"site-{entity}") == f"SITE#site-{entity}"
    assert keys.by_id(f"op-{entity}") == f"OP#op-{entity}"


@given(_IDS)
def test_whatever_is_in_flight_is_in_one_of_the_shards_that_are_watched(entity: str) -> None:
    assert keys.in_flight(entity) in keys.in_flight_shards()
    assert keys.in_flight(entity) == keys.in_flight(entity)


def test_the_shards_share_the_load() -> None:
    used = [keys.in_flight(f"op-{number}") for number in range(400)]
    assert all(used.count(shard) > 50 for shard in keys.in_flight_shards())


@given(st.tuples(_IDS, _IDS), st.tuples(_IDS, _IDS))
def test_a_catalogue_is_sorted_by_category(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (keys.by_category(*one) == keys.by_category(*other)) == (one == other)
    assert keys.by_category(*one).startswith(f"{one[0]}#")

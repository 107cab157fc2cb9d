"""Every block of the users' runbook and of our own that can be run is run, and does what it says."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bbws_local.stack import LocalStack
from runbook.blocks import Block, blocks_of
from runbook.conftest import Others
from runbook.plans import OURS, OWN, SHARED, THEIRS, Cannot, Run
from runbook.shell import Shell

Plans = Mapping[str, Run | Cannot]
_DOCUMENTS: list[tuple[str, Path, Plans]] = [
    *([("shared", THEIRS, SHARED)] if THEIRS.exists() else []),
    ("docs", OURS, OWN),
]


def _cases() -> Iterator[Any]:
    for name, document, plans in _DOCUMENTS:
        for block in blocks_of(document):
            plan = plans.get(block.name)
            if isinstance(plan, Run):
                yield pytest.param(block, plan, id=f"{name}: {block.name}")


@pytest.mark.parametrize(("name", "document", "plans"), _DOCUMENTS)
def test_each_block_has_a_plan_and_each_plan_a_block(
    name: str, document: Path, plans: Plans, note: list[str]
) -> None:
    blocks = {block.name: block for block in blocks_of(document)}
    assert set(blocks) == set(plans)
    for title, plan in plans.items():
        if isinstance(plan, Cannot):
            note.append(f"{name}: {title}: {plan.reason}")


def test_what_is_not_run_because_it_is_only_words_has_no_command() -> None:
    for _, document, plans in _DOCUMENTS:
        for block in blocks_of(document):
            assert block.is_only_words == (
                isinstance(plan := plans[block.name], Cannot) and "only comments" in plan.reason
            )


@pytest.mark.parametrize(("block", "plan"), list(_cases()))
@pytest.mark.timeout(2700)
def test_a_block_does_what_it_says(
    block: Block,
    plan: Run,
    others: Others,
    stack: LocalStack,
    shells: Mapping[str, Shell],
    facts: Mapping[str, str],
) -> None:
    url = stack.aws_endpoint_url if plan.account == "dev" else others.url(plan.account)
    shell = shells[plan.account]
    known = {**facts, "repository": str(shell.repository)}
    text = block.text
    for placeholder, fact in plan.replaced.items():
        assert placeholder in text
        text = text.replace(placeholder, known[fact])
    variables = {name: facts[fact] for name, fact in plan.variables.items()}
    if plan.account == "dev":
        # What a laptop has not: an ALB that leads to WordPress, another processor than its own.
        variables["TF_VAR_wordpress_base_url"] = stack.wordpress_url
        variables["TF_VAR_architecture"] = facts["architecture"]
    if plan.before:
        prepared = shell.run(plan.before, plan, url, variables)
        assert prepared.code == 0, prepared.output
    outcome = shell.run(text, plan, url, variables)
    assert outcome.code in plan.ends, outcome.output
    for words in plan.says:
        assert words in outcome.output, outcome.output

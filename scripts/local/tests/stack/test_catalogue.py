"""The catalogue a stack begins with: every release can be downloaded and is what it says."""

import hashlib
from collections import Counter
from typing import Any

import pytest
import requests

from bbws_local.catalogue import seed_catalogue
from bbws_local.clients import AwsClients
from bbws_local.specification import AccountSpecification
from bbws_local.stack import LocalStack
from bbws_shared.attributes import from_attributes


@pytest.fixture
def entries(aws: AwsClients, specification: AccountSpecification) -> list[dict[str, Any]]:
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=specification.table_name)
    return [from_attributes(item) for page in pages for item in page["Items"]]


@pytest.fixture
def plugins(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["PK"] == "PLUGIN"]


@pytest.fixture
def templates(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["PK"] == "TEMPLATE"]


def _digest(url: str) -> str:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, url
    return hashlib.sha256(answer.content).hexdigest()


def test_of_thirty_plugins_three_are_blocklisted_and_one_is_pending(
    plugins: list[dict[str, Any]],
) -> None:
    vetting = Counter(plugin["vetting"] for plugin in plugins)

    assert vetting == {"APPROVED": 26, "BLOCKLISTED": 3, "PENDING": 1}


def test_every_release_of_a_plugin_is_served_with_its_digest(
    plugins: list[dict[str, Any]], stack: LocalStack
) -> None:
    for plugin in plugins:
        versions = [release["version"] for release in plugin["releases"]]
        assert versions[0] == plugin["latestVersion"]
        for release in plugin["releases"]:
            assert release["packageUrl"].startswith(stack.wordpress_url)
            assert _digest(release["packageUrl"]) == release["sha256"]


def test_the_ten_templates_themes_and_content_are_served_with_their_digests(
    templates: list[dict[str, Any]],
) -> None:
    assert len(templates) == 10
    assert {template["status"] for template in templates} == {"PUBLISHED"}
    for template in templates:
        for package in (template["theme"], template["content"]):
            assert _digest(package["packageUrl"]) == package["sha256"]


def test_what_a_template_installs_is_in_the_catalogue(
    templates: list[dict[str, Any]], plugins: list[dict[str, Any]]
) -> None:
    known = {plugin["pluginId"] for plugin in plugins}

    for template in templates:
        assert set(template["plugins"]) <= known


def test_what_a_plugin_conflicts_with_is_in_the_catalogue(plugins: list[dict[str, Any]]) -> None:
    known = {plugin["pluginId"] for plugin in plugins}

    for plugin in plugins:
        assert set(plugin["conflictsWith"]) <= known - {plugin["pluginId"]}


def test_it_can_be_stored_again_over_itself(
    aws: AwsClients, stack: LocalStack, specification: AccountSpecification,
    entries: list[dict[str, Any]],
) -> None:  # fmt: skip
    stored = seed_catalogue(aws.dynamodb, specification.table_name, stack.wordpress_url)

    assert stored == len(entries) == 40

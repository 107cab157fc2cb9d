"""Many requests at once for what there is only once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from e2e.portal import Backstage, Portal


def _at_once(portal: Portal, subdomains: list[str]) -> list[requests.Response]:
    def create(subdomain: str) -> requests.Response:
        body = {"siteName": "Contended", "subdomain": subdomain}
        return portal.call("POST", portal.sites, body)

    with ThreadPoolExecutor(len(subdomains)) as callers:
        return list(callers.map(create, subdomains))


def _outcomes(answers: list[requests.Response]) -> Counter[tuple[int, str]]:
    return Counter(
        (a.status_code, a.json()["error"]["code"] if a.status_code >= 400 else "") for a in answers
    )


def test_of_fifty_requests_for_a_subdomain_one_gets_it(
    portal: Portal, backstage: Backstage
) -> None:
    answers = _at_once(portal, ["wanted"] * 50)
    assert _outcomes(answers) == {(202, ""): 1, (409, "SITE_003"): 49}
    (winner,) = [a.json() for a in answers if a.status_code == 202]
    portal.wait_for(winner["operationId"])
    assert [site["siteId"] for site in portal.get(portal.sites)["items"]] == [winner["siteId"]]
    assert backstage.item("QUOTA")["currentSites"] == 1


def test_of_twenty_requests_five_fit_into_a_quota_of_five(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.set_tier("BASIC")
    answers = _at_once(portal, [f"fits-{number}" for number in range(20)])
    assert _outcomes(answers) == {(202, ""): 5, (422, "SITE_004"): 15}
    for answer in answers:
        if answer.status_code == 202:
            assert portal.wait_for(answer.json()["operationId"])["status"] == "COMPLETED"
    sites = portal.get(portal.sites)["items"]
    assert len(sites) == 5
    assert backstage.item("QUOTA")["currentSites"] == 5
    assert len(backstage.wordpress_sites()) == 5
    for site in sites:
        assert portal.wait_for(portal.delete(site["siteId"])["operationId"])
    assert backstage.item("QUOTA")["currentSites"] == 0


def test_ten_sites_at_once_are_each_made_once(portal: Portal, backstage: Backstage) -> None:
    answers = _at_once(portal, [f"parallel-{number}" for number in range(10)])
    for answer in answers:
        assert portal.wait_for(answer.json()["operationId"])["status"] == "COMPLETED"
    assert len(backstage.wordpress_sites()) == 10
    assert len(backstage.effects("site_created")) == 10

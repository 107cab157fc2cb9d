"""What there is to see of a site from outside of the API: its pages, and WordPress's own REST API."""

import json
from typing import Any

import requests
from e2e.portal import TENANT, Json

from bbws_local.stack import LocalStack


class Visitor:
    """Somebody with a browser; or, with the service user's password, with a look behind the pages."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    def look(self, site: Json, path: str = "/") -> requests.Response:
        """A site's page, asked for by its host."""
        return self._ask("GET", _host(site), path)

    def posts(self, site: Json) -> dict[str, int]:
        """The site's posts by title, with their ids, as core's own REST API has them."""
        answer = self._ask("GET", _host(site), "/wp-json/wp/v2/posts?per_page=100")
        return {post["title"]["rendered"]: post["id"] for post in answer.json()}

    def write(self, site: Json, title: str) -> None:
        """Publish a post, as the site's owner would."""
        body = {"title": title, "status": "publish"}
        answer = self._ask("POST", _host(site), "/wp-json/wp/v2/posts", body)
        assert answer.status_code == 201, answer.text

    def delete_posts(self, site: Json) -> None:
        """Delete every post of a site."""
        for post_id in self.posts(site).values():
            path = f"/wp-json/wp/v2/posts/{post_id}?force=true"
            assert self._ask("DELETE", _host(site), path).status_code == 200

    def network(self) -> list[Json]:
        """The managed sites of the tenant's network."""
        host = self._secret()["networkHost"]
        sites: list[Json] = self._ask("GET", host, "/wp-json/bbws/v1/sites").json()
        return sites

    def _ask(self, method: str, host: str, path: str, body: Any = None) -> requests.Response:
        secret = self._secret() if "/wp-json/" in path else None
        return requests.request(
            method,
            f"{self._stack.wordpress_url}{path}",
            json=body,
            headers={"Host": host, "X-Forwarded-Proto": "https"},
            auth=(secret["username"], secret["password"]) if secret else None,
            timeout=30,
            allow_redirects=False,
        )

    def _secret(self) -> dict[str, str]:
        found = self._stack.clients.secretsmanager.get_secret_value(
            SecretId=f"bbws/wp/{TENANT}/wp-app-password"
        )
        secret: dict[str, str] = json.loads(found["SecretString"])
        return secret


def _host(site: Json) -> str:
    url: str = site["url"]
    return url.removeprefix("https://")

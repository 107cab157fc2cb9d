"""One tenant's container: credentials, the site of the `Host`, REST routes and front pages."""

from html import escape

from werkzeug.wrappers import Request, Response

from . import errors, rest, routes_jobs, routes_packages, routes_plugins, routes_sites
from .site import Site
from .state import Network
from .tenants import Tenant

_ROUTES = (
    *routes_sites.ROUTES,
    *routes_jobs.ROUTES,
    *routes_packages.ROUTES,
    *routes_plugins.ROUTES,
)


class Container:
    """Answers for any network: what differs between containers is the network alone."""

    def __init__(self) -> None:
        self._server = rest.RestServer(_ROUTES)

    def answer(self, request: Request, network: Network) -> Response:
        """The container's answer; it names its tenant whatever it says."""
        response = self._answer(request, network)
        response.headers["X-Tenant-Id"] = network.tenant.tenant_id
        return response

    def _answer(self, request: Request, network: Network) -> Response:
        host = request.host.partition(":")[0].lower()
        with network.lock:
            site = network.site_at(host)
        if site is None:
            return _to_signup(network, host)
        if request.path.rstrip("/") == "/wp-json" or request.path.startswith("/wp-json/"):
            return self._rest(request, network, site)
        return _page(request, site)

    def _rest(self, request: Request, network: Network, site: Site) -> Response:
        try:
            is_authenticated = _authenticate(request, network.tenant)
            if site.status == "suspended" and not is_authenticated:
                return _holding_page()
            if request.path.rstrip("/") == "/wp-json":
                return rest.answer(_index(site))
            return self._server.dispatch(request, network, site, is_authenticated=is_authenticated)
        except errors.RestError as error:
            return rest.refuse(error)


def _authenticate(request: Request, tenant: Tenant) -> bool:
    """Whether the service user asks; False for a request without credentials.

    Wrong credentials are refused before any route is looked up: `check_authentication()`.
    """
    credentials = request.authorization
    if credentials is None or credentials.type != "basic":
        return False
    username = credentials.username or ""
    if username != tenant.username:
        code = "invalid_email" if "@" in username else "invalid_username"
        kind = "email address" if "@" in username else "username"
        raise errors.RestError(401, code, f"<strong>Error:</strong> Unknown {kind}.")
    if not tenant.accepts_password(credentials.password or ""):
        raise errors.RestError(
            401,
            "incorrect_password",
            "The provided password is an invalid application password.",
        )
    return True


def _to_signup(network: Network, host: str) -> Response:
    """Multisite in subdomain mode sends an unknown host to the sign-up form (`ms-load.php`)."""
    main = network.tenant.network_host
    location = f"https://{main}/wp-signup.php?new={host.replace(f'.{main}', '')}"
    return Response(status=302, headers={"Location": location})


def _index(site: Site) -> dict[str, object]:
    namespaces = ["wp/v2"] if site.external_id else ["wp/v2", "bbws/v1"]
    return {
        "name": site.title,
        "description": site.tagline,
        "url": site.url,
        "home": site.url,
        "namespaces": namespaces,
    }


def _page(request: Request, site: Site) -> Response:
    if request.path == "/wp-login.php":
        return _html(f"Log In &lsaquo; {escape(site.title)}", '<form id="loginform"></form>')
    if request.path.startswith("/wp-admin"):
        return Response(status=302, headers={"Location": f"{site.url}/wp-login.php"})
    if site.status == "suspended":
        return _holding_page()
    if request.path != "/":
        return _html("Page not found", "<h1>Page not found</h1>", 404)
    posts = "".join(
        f"<article><h2>{escape(post.title)}</h2>{post.content}</article>" for post in site.posts
    )
    title = escape(site.title)
    return _html(title, f"<h1>{title}</h1><p>{escape(site.tagline)}</p>{posts}")


def _holding_page() -> Response:
    page = _html("Site unavailable", "<h1>This site is currently unavailable.</h1>", 503)
    page.headers["Retry-After"] = "3600"
    return page


def _html(title: str, body: str, status: int = 200) -> Response:
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return Response(html, status, content_type="text/html; charset=UTF-8")

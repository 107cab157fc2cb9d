"""`bbws/v1`: sites and the network's health."""

from werkzeug.wrappers import Response

from . import errors
from .params import Arg
from .rest import Call, Route, answer
from .site import NETWORK_ADMIN_EMAIL, PHP_VERSION, WORDPRESS_VERSION, Site

_OPTIONS = {
    "title": Arg(min_length=1),
    "tagline": Arg(),
    "timezone": Arg(format="timezone"),
    "language": Arg(format="locale"),
    "adminEmail": Arg(format="email"),
}
_NEW_SITE = {
    "externalId": Arg(required=True, pattern=r"[A-Za-z0-9_\-]{1,100}"),
    "domain": Arg(required=True, format="hostname"),
    "title": Arg(required=True, min_length=1),
    "adminEmail": Arg(format="email"),
    "language": Arg(format="locale", default="en_US"),
    "timezone": Arg(format="timezone", default="UTC"),
}
_STATUS = {"status": Arg(required=True, enum=("active", "suspended"))}


def create_site(call: Call) -> Response:
    """Make a site, or answer with the one this external id already has."""
    network, args = call.network, call.args
    domain = args["domain"].lower()
    with network.lock:
        if existing := network.site_for(args["externalId"]):
            return answer(existing.answer())
        if network.site_at(domain):
            raise errors.RestError(409, "bbws_domain_taken", "The domain belongs to another site.")
        site = Site(
            network.next_site_id(),
            args["externalId"],
            domain,
            args["title"],
            # Without one WordPress writes to the network's own administrator.
            args.get("adminEmail", NETWORK_ADMIN_EMAIL),
            args["language"],
            args["timezone"],
        )
        site.publish_first_content()
        network.sites[site.id] = site
        network.change("site_created", call.correlation_id, site, domain=domain)
        return answer(site.answer(), 201)


def find_sites(call: Call) -> Response:
    """The site with an external id, or without that parameter every managed site."""
    with call.network.lock:
        if external_id := call.args.get("externalId"):
            site = call.network.site_for(external_id)
            if site is None:
                raise errors.site_not_found()
            return answer(site.answer())
        sites = [site.answer() for site in call.network.managed_sites()]
    return answer(sites, headers={"X-WP-Total": str(len(sites)), "X-WP-TotalPages": "1"})


def get_site(call: Call) -> Response:
    """One site."""
    with call.network.lock:
        return answer(call.network.managed_site(call.path_args["site_id"]).answer())


def update_site(call: Call) -> Response:
    """Set the options that were given."""
    attributes = {"adminEmail": "admin_email"}
    with call.network.lock:
        site = call.network.managed_site(call.path_args["site_id"])
        changed = [
            name
            for name, value in call.args.items()
            if getattr(site, attributes.get(name, name)) != value
        ]
        for name in changed:
            setattr(site, attributes.get(name, name), call.args[name])
        if changed:
            call.network.change("site_updated", call.correlation_id, site, options=changed)
        return answer(site.answer())


def set_status(call: Call) -> Response:
    """Suspend a site or bring it back."""
    with call.network.lock:
        site = call.network.managed_site(call.path_args["site_id"])
        if site.status != call.args["status"]:
            site.status = call.args["status"]
            call.network.change(
                "site_status_changed", call.correlation_id, site, status=site.status
            )
        return answer(site.answer())


def delete_site(call: Call) -> Response:
    """Remove a site with everything of its own."""
    with call.network.lock:
        site = call.network.managed_site(call.path_args["site_id"])
        del call.network.sites[site.id]
        call.network.change("site_deleted", call.correlation_id, site, domain=site.domain)
    return Response(status=204)


def get_health(call: Call) -> Response:
    """How the container is; a component is `ok` or says what is wrong."""
    with call.network.lock:
        sites = len(call.network.managed_sites())
    return answer(
        {
            "database": "ok",
            "filesystem": "ok",
            "cron": "ok",
            "objectCache": "ok",
            "wordpressVersion": WORDPRESS_VERSION,
            "phpVersion": PHP_VERSION,
            "sites": sites,
        }
    )


_SITES = "/bbws/v1/sites"
_SITE = f"{_SITES}/<int:site_id>"

ROUTES = (
    Route(("POST",), _SITES, create_site, _NEW_SITE, main_site_only=True),
    Route(("GET",), _SITES, find_sites, {"externalId": Arg()}, main_site_only=True),
    Route(("GET",), _SITE, get_site, main_site_only=True),
    Route(("PUT",), _SITE, update_site, _OPTIONS, main_site_only=True),
    Route(("DELETE",), _SITE, delete_site, main_site_only=True),
    Route(("PUT",), f"{_SITE}/status", set_status, _STATUS, main_site_only=True),
    Route(("GET",), "/bbws/v1/health", get_health, main_site_only=True),
)

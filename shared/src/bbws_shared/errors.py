"""Every error a caller can see: one class for each reason, one table of codes and statuses.

Services raise these as values of the domain; `bbws_shared.api` alone turns them into answers.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class ServiceError(Exception):
    """A refusal or failure with a code of `api.md`.

    Attributes:
        code: The stable code that clients may branch on.
        status: The HTTP status.
        suggestion: What the caller can do about it.
        message: What happened, in words that may be shown to a customer.
        details: Facts for programs; never secrets or internals.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    suggestion: ClassVar[str] = ""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})

    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer."""
        return {}


class InvalidRequest(ServiceError):
    """The request is malformed; `details.errors` lists every bad field at once."""

    code = "SITE_001"
    status = HTTPStatus.BAD_REQUEST
    suggestion = "Correct the fields listed in details.errors and send the request again."

    @classmethod
    def field(cls, name: str, message: str) -> "InvalidRequest":
        """A request with one bad field."""
        return cls.fields([{"field": name, "message": message}])

    @classmethod
    def fields(cls, errors: list[dict[str, str]]) -> "InvalidRequest":
        """A request with bad fields, each `{"field", "message"}`."""
        return cls("The request is invalid.", {"errors": errors})


class SiteNotFound(ServiceError):
    """No such site among the caller's tenants; the same answer for another tenant's site."""

    code = "SITE_002"
    status = HTTPStatus.NOT_FOUND
    suggestion = "Check the site id; list the tenant's sites to find it."

    def __init__(self, site_id: str) -> None:
        super().__init__(f"Site '{site_id}' was not found.")


class SubdomainTaken(ServiceError):
    """The address belongs to another site."""

    code = "SITE_003"
    status = HTTPStatus.CONFLICT
    suggestion = "Choose another subdomain."

    def __init__(self, subdomain: str) -> None:
        super().__init__(f"Subdomain '{subdomain}' is already taken.", {"subdomain": subdomain})


class QuotaExceeded(ServiceError):
    """The tenant has as many sites as its tier allows."""

    code = "SITE_004"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Delete a site you no longer need, or upgrade the tier."

    def __init__(self, current_sites: int, max_sites: int, tier: str) -> None:
        super().__init__(
            f"The {tier} tier allows {max_sites} sites.",
            {"currentSites": current_sites, "maxSites": max_sites, "tier": tier},
        )


class IllegalTransition(ServiceError):
    """The site's status does not allow this."""

    code = "SITE_005"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Read the site's status and use an operation that it allows."


class IllegalPromotion(ServiceError):
    """PROD is reached by promotion only, along DEV, SIT, PROD."""

    code = "SITE_006"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Create the site in DEV and promote it to SIT, then to PROD."


class ProdChangedDirectly(IllegalPromotion):
    """What a site in PROD is comes from SIT."""

    suggestion = "Create or change the site in DEV or SIT, then promote it."

    def __init__(self, message: str = "PROD is changed by promotion only.") -> None:
        super().__init__(message, {"environment": "PROD"})


class PromotionChecksFailed(IllegalPromotion):
    """The site is not in a state to be promoted; `details.checks` has every check."""

    suggestion = "Put right what details.checks names, then promote the site again."


class OperationInFlight(ServiceError):
    """The site has an operation under way; one at a time."""

    code = "SITE_007"
    status = HTTPStatus.CONFLICT
    suggestion = "Wait until the operation in details.operationId has ended, then try again."

    def __init__(self, site_id: str, operation_id: str) -> None:
        super().__init__(
            f"Site '{site_id}' has another operation in flight.",
            {
                "operationId": operation_id,
                "_links": {"operation": {"href": f"/v1.0/operations/{operation_id}"}},
            },
        )

    def headers(self) -> dict[str, str]:
        """When to look again, in seconds."""
        return {"Retry-After": "5"}


class PluginChangeInFlight(ServiceError):
    """Another request changes the site's plugins; one at a time."""

    code = "SITE_007"
    status = HTTPStatus.CONFLICT
    suggestion = "Wait a few seconds and send the request again."

    def headers(self) -> dict[str, str]:
        """When to try again, in seconds."""
        return {"Retry-After": "5"}


class OperationNotFound(ServiceError):
    """No such operation among the caller's tenants."""

    code = "OP_001"
    status = HTTPStatus.NOT_FOUND
    suggestion = "Check the operation id; list the tenant's operations to find it."

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"Operation '{operation_id}' was not found.")


class OperationNotChangeable(ServiceError):
    """The operation's status allows neither cancelling nor retrying."""

    code = "OP_002"
    status = HTTPStatus.CONFLICT
    suggestion = (
        "Cancel only what has never begun; retry only what has FAILED, or ask for the same anew."
    )


class NotAuthenticated(ServiceError):
    """No valid token reached the function."""

    code = "AUTH_001"
    status = HTTPStatus.UNAUTHORIZED
    suggestion = "Sign in and send the ID token as 'Authorization: Bearer …'."

    def headers(self) -> dict[str, str]:
        """The scheme to authenticate with (RFC 9110, section 11.6.1)."""
        return {"WWW-Authenticate": "Bearer"}


class NotAuthorized(ServiceError):
    """The caller's role may not do this, or the tenant is not one of the caller's."""

    code = "AUTH_002"
    status = HTTPStatus.FORBIDDEN
    suggestion = "Ask an administrator of the tenant for a role that may do this."


class StaffOnly(NotAuthorized):
    """No role of a customer may do this."""

    suggestion = "Only the platform's staff may do this; ask support for it."


class TemplateNotFound(ServiceError):
    """No such template."""

    code = "TEMP_001"
    status = HTTPStatus.NOT_FOUND
    suggestion = "List the templates to find one."

    def __init__(self, template_id: str) -> None:
        super().__init__(f"Template '{template_id}' was not found.")


class TemplateIncompatible(ServiceError):
    """The site cannot carry the template, or the template needs what the catalogue lacks."""

    code = "TEMP_002"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Choose a template that supports the site's WordPress and PHP."


class TemplateInUse(ServiceError):
    """What the template is at present forbids this: sites use it, its status, or its id is taken."""

    code = "TEMP_003"
    status = HTTPStatus.CONFLICT
    suggestion = "Read the template; archive one that sites use instead of deleting it."


class TemplateContentExists(ServiceError):
    """The site has content that the template would replace."""

    code = "TEMP_004"
    status = HTTPStatus.CONFLICT
    suggestion = (
        "Send the request again with confirmReplacement set to true; a backup is made first."
    )


class PluginNotFound(ServiceError):
    """No such plugin in the catalogue, or no such version of it."""

    code = "PLUG_001"
    status = HTTPStatus.NOT_FOUND
    suggestion = "List the plugins to find one, with its versions."

    def __init__(self, plugin_id: str, version: str | None = None) -> None:
        name = f"'{plugin_id}' {version}" if version else f"'{plugin_id}'"
        super().__init__(f"Plugin {name} was not found in the catalogue.")


class PluginNotInstalled(ServiceError):
    """The site does not have the plugin."""

    code = "PLUG_001"
    status = HTTPStatus.NOT_FOUND
    suggestion = "List the site's plugins to find one."

    def __init__(self, plugin_id: str) -> None:
        super().__init__(f"Plugin '{plugin_id}' is not installed on this site.")


class PluginBlocklisted(ServiceError):
    """The plugin, or its state of vetting, forbids installing it."""

    code = "PLUG_002"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Choose another plugin, or ask the security team for a review."


class PluginVulnerable(ServiceError):
    """The version to install has a known vulnerability."""

    code = "PLUG_003"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Install a version that is not affected."


class PluginConflicts(ServiceError):
    """The plugin conflicts with one that is installed."""

    code = "PLUG_004"
    status = HTTPStatus.CONFLICT
    suggestion = "Uninstall the conflicting plugin first."


class PluginVersionConflicts(PluginConflicts):
    """The tenant's other sites have another version; a network has one copy of a plugin."""

    suggestion = (
        "Install the version that is present, or update the plugin on one of the sites first."
    )

    def __init__(self, plugin_id: str, version: str, present: str) -> None:
        super().__init__(
            f"Your other sites have version {present} of plugin '{plugin_id}', and a WordPress has"
            " one version for all its sites.",
            {
                "pluginId": plugin_id,
                "version": version,
                "presentVersion": present,
                "conflictsWith": [plugin_id],
            },
        )


class PluginIncompatible(ServiceError):
    """The site's WordPress or PHP is too old for the plugin."""

    code = "PLUG_005"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Choose a version that supports the site's WordPress and PHP."


class PluginAlreadyInstalled(ServiceError):
    """The plugin is installed on the site, or being installed."""

    code = "PLUG_006"
    status = HTTPStatus.CONFLICT
    suggestion = "Read the site's plugins; update or configure the installed one instead."


class PluginExists(ServiceError):
    """The catalogue has a plugin with this id."""

    code = "PLUG_006"
    status = HTTPStatus.CONFLICT
    suggestion = "Change the plugin that is there, or choose another id."

    def __init__(self, plugin_id: str) -> None:
        super().__init__(f"Plugin '{plugin_id}' is in the catalogue already.")


class CataloguePluginInUse(ServiceError):
    """Sites have the plugin, so that the catalogue has to keep it."""

    code = "PLUG_006"
    status = HTTPStatus.CONFLICT
    suggestion = "Put the plugin on the blocklist, or have it uninstalled everywhere first."

    def __init__(self, plugin_id: str, installations: int) -> None:
        sites = "1 site" if installations == 1 else f"{installations} sites"
        super().__init__(
            f"Plugin '{plugin_id}' is installed on {sites}.", {"installations": installations}
        )


class WordPressFailed(ServiceError):
    """WordPress answered with an error."""

    code = "WP_001"
    status = HTTPStatus.BAD_GATEWAY
    suggestion = "Try again in a minute; contact support if it persists."

    def headers(self) -> dict[str, str]:
        """When to try again, in seconds."""
        return {"Retry-After": "30"}


class WordPressTimedOut(WordPressFailed):
    """WordPress did not answer in time."""

    code = "WP_002"
    status = HTTPStatus.GATEWAY_TIMEOUT


class IdempotencyInProgress(ServiceError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "REQ_001"
    status = HTTPStatus.CONFLICT
    suggestion = "Wait a few seconds and repeat the request with the same key."

    def headers(self) -> dict[str, str]:
        """When to try again, in seconds."""
        return {"Retry-After": "2"}


class IdempotencyKeyReused(ServiceError):
    """The Idempotency-Key was used for another request body."""

    code = "REQ_001"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    suggestion = "Use a new Idempotency-Key for each new request."


class PreconditionFailed(ServiceError):
    """If-Match names another version than the present one."""

    code = "REQ_002"
    status = HTTPStatus.PRECONDITION_FAILED
    suggestion = "Read the resource again and repeat the request with its present ETag."


class RouteNotFound(ServiceError):
    """No such route."""

    code = "REQ_003"
    status = HTTPStatus.NOT_FOUND
    suggestion = "Check the path against the API documentation."


class MethodNotAllowed(ServiceError):
    """The route exists, but not with this method."""

    code = "REQ_003"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    suggestion = "Use one of the methods in the Allow header."

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method} is not allowed here.", {"allowed": allowed})
        self._allowed = allowed

    def headers(self) -> dict[str, str]:
        """The methods that are allowed (RFC 9110, section 10.2.1)."""
        return {"Allow": ", ".join(self._allowed)}


class BodyTooLarge(ServiceError):
    """The request body is larger than the API takes."""

    code = "REQ_003"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    suggestion = "Send a smaller body."


class NotJson(ServiceError):
    """The request body is not declared as JSON."""

    code = "REQ_003"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    suggestion = "Send the body as application/json."


class InternalError(ServiceError):
    """Something of ours failed; nothing of its inside is shown."""

    code = "SYS_001"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    suggestion = "Try again; contact support with the requestId if it persists."

    def __init__(self) -> None:
        super().__init__("An internal error occurred.")

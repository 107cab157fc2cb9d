"""WordPress's own form of an error answer."""

from typing import Any

_NOT_ALLOWED = "Sorry, you are not allowed to do that."


class RestError(Exception):
    """A refusal in WordPress's form: `{"code", "message", "data": {"status"}}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        data: dict[str, Any] | None = None,
        additional: list[Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = {"status": status, **(data or {})}
        # Core moves what an error carried before its status was added to `additional_data`
        # (`rest_convert_error_to_response()`).
        self.additional = additional or []

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"code": self.code, "message": self.message, "data": self.data}
        if self.additional:
            body["additional_data"] = self.additional
        return body


def no_route() -> RestError:
    """No route has this path and method; core answers 404 for a wrong method, too."""
    return RestError(
        404, "rest_no_route", "No route was found matching the URL and request method."
    )


def forbidden(code: str = "rest_forbidden", message: str = _NOT_ALLOWED) -> RestError:
    """The request carries no credentials: `rest_authorization_required_code()` is then 401."""
    return RestError(401, code, message)


def site_not_found() -> RestError:
    """The network has no such site, or it is not one that `bbws/v1` made."""
    return RestError(404, "bbws_site_not_found", "Site not found.")


def plugin_not_found() -> RestError:
    """The plugin's file is not on the network."""
    return RestError(404, "rest_plugin_not_found", "Plugin not found.")


def invalid_params(details: dict[str, dict[str, Any]]) -> RestError:
    """Several parameters have values that WordPress refuses; `details` by parameter."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(details)}",
        data={
            "params": {name: detail["message"] for name, detail in details.items()},
            "details": details,
        },
    )


def missing_params(names: list[str]) -> RestError:
    """Required parameters are absent or null."""
    return RestError(
        400,
        "rest_missing_callback_param",
        f"Missing parameter(s): {', '.join(names)}",
        data={"params": names},
    )


def checksum_mismatch(what: str, expected: str, actual: str) -> RestError:
    """What was downloaded is not what the caller vouched for."""
    return RestError(
        422,
        "bbws_checksum_mismatch",
        f"The SHA-256 of the {what} does not match the expected one.",
        data={"expected": expected, "actual": actual},
    )

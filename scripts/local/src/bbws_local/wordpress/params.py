"""Request parameters, validated as `register_rest_route()` arguments are."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from zoneinfo import available_timezones

from werkzeug.wrappers import Request

from . import errors

_EMAIL = re.compile(r"[^@\s]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HTTP_URL = re.compile(r"https?://[^\s/]+\S*")
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE
)
_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
_UTC_OFFSET = re.compile(r"UTC([+-]\d{1,2}(\.(25|5|75))?)?")

type Format = Literal["email", "uri", "hostname", "locale", "timezone"]


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a route, in the words of WordPress's JSON Schema."""

    type: Literal["string", "integer", "object"] = "string"
    required: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    format: Format | None = None
    min_length: int = 0
    default: str | None = None
    properties: Mapping[str, "Arg"] = field(default_factory=dict)


def read(request: Request, args: Mapping[str, Arg]) -> dict[str, Any]:
    """Return the arguments a route declares; absent and null ones without a default are left out.

    Raises:
        RestError: 400 `rest_invalid_json`, `rest_missing_callback_param` or `rest_invalid_param`.
    """
    given = {**request.args.to_dict(), **_body(request)}
    values = {
        name: given[name] if given.get(name) is not None else arg.default
        for name, arg in args.items()
    }
    missing = [name for name, arg in args.items() if arg.required and values[name] is None]
    if missing:
        raise errors.missing_params(missing)
    present = {name: value for name, value in values.items() if value is not None}
    problems = {name: _problem(value, args[name], name) for name, value in present.items()}
    refused = {name: problem for name, problem in problems.items() if problem}
    if refused:
        raise errors.invalid_params(refused)
    return present


def _body(request: Request) -> dict[str, Any]:
    if not request.is_json:
        # Without a JSON content type core reads a form, and JSON text is no parameter at all.
        return dict(request.form.to_dict())
    if not request.get_data():
        return {}
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise errors.RestError(
            400,
            "rest_invalid_json",
            "Invalid JSON body passed.",
            data={"json_error_code": 4, "json_error_message": "Syntax error"},
        ) from error
    return body if isinstance(body, dict) else {}


def _problem(value: object, arg: Arg, name: str) -> dict[str, Any] | None:
    if arg.type == "object":
        return _object_problem(value, arg, name)
    if arg.type == "integer":
        return None if _is_integer(value) else _wrong_type(name, "integer")
    if not isinstance(value, str):
        return _wrong_type(name, "string")
    if len(value) < arg.min_length:
        return _detail(
            "rest_too_short", f"{name} must be at least {arg.min_length} character long."
        )
    if arg.pattern and not re.fullmatch(arg.pattern, value, re.ASCII):
        return _detail("rest_invalid_pattern", f"{name} does not match pattern {arg.pattern}.")
    if arg.enum and value not in arg.enum:
        return _detail("rest_not_in_enum", f"{name} is not one of {_sentence(arg.enum)}.")
    if arg.format and not _FORMATS[arg.format](value):
        code = "rest_invalid_email" if arg.format == "email" else "rest_invalid_param"
        reason = "Invalid email address." if arg.format == "email" else "Invalid parameter."
        return _detail(code, reason)
    return None


def _object_problem(value: object, arg: Arg, name: str) -> dict[str, Any] | None:
    # PHP decodes `{}` and `[]` to the same empty array, so core takes an empty list for an object.
    if not isinstance(value, dict) and value != []:
        return _wrong_type(name, "object")
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    for key, inner in arg.properties.items():
        if key not in given and inner.required:
            return _detail("rest_property_required", f"{key} is a required property of {name}.")
        if key in given and (problem := _problem(given[key], inner, f"{name}[{key}]")):
            return problem
    return None


def _is_integer(value: object) -> bool:
    # Core takes digits in a string, too, and no boolean (`rest_is_integer()`).
    if isinstance(value, str):
        return value.isascii() and value.isdigit()
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_type(name: str, wanted: str) -> dict[str, Any]:
    return _detail("rest_invalid_type", f"{name} is not of type {wanted}.", {"param": name})


def _detail(code: str, message: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data}


def _sentence(values: tuple[str, ...]) -> str:
    if len(values) == 2:
        return " and ".join(values)
    return f"{', '.join(values[:-1])}, and {values[-1]}"


def _is_timezone(value: str) -> bool:
    known = _timezones()
    # A machine without the zone database cannot tell; PHP brings its own.
    return bool(_UTC_OFFSET.fullmatch(value)) or value in known or not known


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


_FORMATS: dict[Format, Callable[[str], object]] = {
    "email": _EMAIL.fullmatch,
    "uri": _HTTP_URL.fullmatch,
    "hostname": _HOST.fullmatch,
    "locale": _LOCALE.fullmatch,
    "timezone": _is_timezone,
}

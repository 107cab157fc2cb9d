"""The OpenAPI document against itself and against the code's one table of errors."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
from e2e.test_roles import EVERYBODY, RULES
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from bbws_local.events import load_document
from bbws_shared import errors
from bbws_shared.errors import ServiceError
from contract.conftest import DOCUMENT
from sites.models import RESERVED_SUBDOMAINS

CONTENT: Final[dict[str, Any]] = load_document(DOCUMENT)
METHODS: Final = ("get", "put", "post", "delete")
ANY: Final = "x-amazon-apigateway-any-method"
INTEGRATION: Final = "x-amazon-apigateway-integration"


class Operation(NamedTuple):
    """An operation of the document."""

    path: str
    method: str
    content: dict[str, Any]
    shared_parameters: list[dict[str, Any]]

    @property
    def name(self) -> str:
        return str(self.content["operationId"])

    @property
    def is_mutation(self) -> bool:
        return self.method != "get"

    @property
    def parameters(self) -> set[str]:
        given = [*self.shared_parameters, *self.content.get("parameters", [])]
        return {resolved(parameter)["name"] for parameter in given}

    @property
    def responses(self) -> dict[str, Any]:
        return {status: resolved(r) for status, r in self.content["responses"].items()}


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A node, or what it refers to."""
    if "$ref" not in node:
        return node
    found: Any = CONTENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found)


OPERATIONS: Final = [
    Operation(path, method, content, methods.get("parameters", []))
    for path, methods in CONTENT["paths"].items()
    for method, content in methods.items()
    if method in METHODS
]
MUTATIONS: Final = [operation for operation in OPERATIONS if operation.is_mutation]


def _name(operation: Operation) -> str:
    return operation.name


def _error_classes() -> Iterator[type[ServiceError]]:
    for found in vars(errors).values():
        if isinstance(found, type) and issubclass(found, ServiceError) and "code" in vars(found):
            yield found


def _media_types() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place of the document with a schema and examples of it."""
    for operation in OPERATIONS:
        places = list(operation.responses.values())
        if "requestBody" in operation.content:
            places.append(operation.content["requestBody"])
        for place in places:
            for media_type, content in place.get("content", {}).items():
                yield f"{operation.name} {media_type}", content


def test_it_is_openapi() -> None:
    OpenAPIV30SpecValidator(CONTENT).validate()


def test_every_example_is_valid_against_its_schema() -> None:
    checked = 0
    for place, media_type in _media_types():
        schema = {**media_type["schema"], "components": CONTENT["components"]}
        validator = OAS30Validator(schema, format_checker=oas30_format_checker)
        for name, example in media_type.get("examples", {}).items():
            problems = list(validator.iter_errors(resolved(example)["value"]))
            assert not problems, f"{place}, example {name}: {problems[0].message}"
            checked += 1
    assert checked > len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_it_names_the_roles_that_may(operation: Operation) -> None:
    if not operation.content["security"]:
        assert operation.name not in RULES
        return
    line = re.search(r"Roles: (.+)\.", operation.content["description"])
    assert line is not None, "the description does not end with a line of roles"
    # Staff stands at the end of a list that begins with all roles of a tenant.
    told = EVERYBODY if line[1].startswith("any role") else set(line[1].split(", "))
    assert told == RULES[operation.name]


@pytest.mark.parametrize("operation", MUTATIONS, ids=_name)
def test_every_change_can_be_planned_and_repeated(operation: Operation) -> None:
    assert {"validateOnly", "Idempotency-Key"} <= operation.parameters
    schema = operation.responses["200"]["content"]["application/json"]["schema"]
    assert {"$ref": "#/components/schemas/Plan"} in schema.get("oneOf", [schema])
    assert {"400", "409", "413", "422"} <= set(operation.responses)


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_every_list_has_pages(operation: Operation) -> None:
    if not operation.name.startswith("list"):
        return
    assert {"limit", "nextToken"} <= operation.parameters
    links = operation.responses["200"]["links"]
    assert links["nextPage"]["operationId"] == operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_every_answer_of_a_service_says_its_errors_as_problems_too(operation: Operation) -> None:
    for status, response in operation.responses.items():
        if not response.get("content") or int(status) < 400:
            continue
        is_the_gateways = response["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/GatewayMessage"
        }
        assert ("application/problem+json" in response["content"]) != is_the_gateways, status


def test_the_gateway_s_own_answers_promise_no_header_that_only_a_service_sends() -> None:
    own = {"$ref": "#/components/schemas/GatewayMessage"}
    found = {
        name: response.get("headers", {})
        for name, response in CONTENT["components"]["responses"].items()
        if response.get("content", {}).get("application/json", {}).get("schema") == own
    }
    assert found == {"TooManyRequests": {}, "ServiceUnavailable": {}}


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_an_operation_that_takes_if_match_can_fail_on_it(operation: Operation) -> None:
    if "If-Match" in operation.parameters:
        assert operation.method in ("put", "delete")
        assert "412" in operation.responses


def test_the_error_codes_are_those_of_the_code() -> None:
    told = set(CONTENT["components"]["schemas"]["ErrorCode"]["enum"])
    assert told == {error.code for error in _error_classes()}


def test_every_example_of_an_error_stands_at_its_status() -> None:
    known = {(error.code, int(error.status)) for error in _error_classes()}
    shown = set()
    for operation in OPERATIONS:
        for status, response in operation.responses.items():
            examples = response.get("content", {}).get("application/json", {}).get("examples", {})
            for example in examples.values():
                value = resolved(example)["value"]
                if "error" in value and "steps" not in value:
                    shown.add((value["error"]["code"], int(status)))
    assert shown <= known
    unshown = known - shown - {("REQ_003", 404), ("REQ_003", 405)}
    assert not unshown, "no operation shows them"


def test_the_reserved_subdomains_are_those_of_the_code() -> None:
    subdomain = CONTENT["components"]["schemas"]["Subdomain"]
    assert set(subdomain["not"]["enum"]) == RESERVED_SUBDOMAINS


@pytest.mark.parametrize("path", CONTENT["paths"])
def test_every_path_of_another_service_catches_its_other_methods(path: str) -> None:
    """What no route matches goes to sites-service, which does not know the others' methods."""
    methods = CONTENT["paths"][path]
    services = {
        content[INTEGRATION]["$ref"].rsplit("/", 1)[1]
        for method, content in methods.items()
        if method in (*METHODS, ANY)
    }
    assert len(services) == 1
    assert (ANY in methods) == (services != {"sites-service"} or path == "/$default")


def test_browsers_may_send_what_the_api_takes() -> None:
    cors = CONTENT["x-amazon-apigateway-cors"]
    assert {operation.method.upper() for operation in OPERATIONS} <= set(cors["allowMethods"])
    headers = {
        resolved(parameter)["name"]
        for operation in OPERATIONS
        for parameter in [*operation.shared_parameters, *operation.content.get("parameters", [])]
        if resolved(parameter)["in"] == "header"
    }
    assert headers <= set(cors["allowHeaders"])


def test_api_gateway_takes_its_description() -> None:
    """API Gateway docs, CreateApi: a description has at most 1,024 characters."""
    assert len(CONTENT["info"]["description"]) <= 1024

import ast
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from botocore.session import Session

from bbws_packaging.bytecode import compiled_name
from bbws_packaging.requirements import normalized, pins_in
from bbws_packaging.services import SERVICES, LambdaService

REPOSITORY = Path(__file__).resolve().parents[2]
ELF_MACHINE_AT = 18
AARCH64, X86_64 = 183, 62
DEPENDENCIES = {
    "annotated-types",
    "aws-lambda-powertools",
    "aws-xray-sdk",
    "boto3",
    "botocore",
    "jmespath",
    "pydantic",
    "pydantic-core",
    "python-dateutil",
    "s3transfer",
    "six",
    "typing-extensions",
    "typing-inspection",
    "urllib3",
    "wrapt",
}
OF_THE_WORDPRESS_CLIENT = {"certifi", "charset-normalizer", "idna", "requests"}
MODULES_NAMED_OTHERWISE = {"python_dateutil": "dateutil"}

every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def names(packages: Callable[[str], Path], arch: str, service: LambdaService) -> list[str]:
    with zipfile.ZipFile(packages(arch) / service.name / "lambda.zip") as bundle:
        return bundle.namelist()


def metadata_folders(entries: list[str]) -> dict[str, str]:
    """Version by project, from the names of the wheels' metadata folders."""
    found = {entry.split("/")[0] for entry in entries if ".dist-info/" in entry}
    parts = (folder.removesuffix(".dist-info").partition("-") for folder in found)
    return {name: version for name, _, version in parts}


@every_service
def test_holds_the_service_the_shared_library_and_the_dependencies_and_nothing_else(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    entries = names(packages, "arm64", service)
    installed = metadata_folders(entries)
    expected = {service.package, "bbws_shared"}
    for name, version in installed.items():
        expected |= {f"{name}-{version}.dist-info", MODULES_NAMED_OTHERWISE.get(name, name)}
    # Compiled modules are held by a test of their own.
    found = {entry.split("/")[0].removesuffix(".py") for entry in entries} - {"__pycache__"}
    assert found == expected


@every_service
def test_dependencies_are_those_of_the_functions_and_pinned(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    pins = pins_in(REPOSITORY / "constraints.txt")
    installed = {
        normalized(name): version
        for name, version in metadata_folders(names(packages, "arm64", service)).items()
    }
    assert installed == {name: pins[name] for name in installed}
    assert installed.keys() == DEPENDENCIES | OF_THE_WORDPRESS_CLIENT


@every_service
def test_every_module_of_the_service_and_the_shared_library_is_there(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    entries = set(names(packages, "arm64", service))
    for source in (REPOSITORY / service.name / "src", REPOSITORY / "shared" / "src"):
        for module in source.rglob("*.py"):
            assert module.relative_to(source).as_posix() in entries


@every_service
def test_no_tests_caches_stubs_or_traces_of_the_installation(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    unwanted = re.compile(
        r"\.(pyi|c|pth)$|(^|/)(tests?|bin|\.[^/]*)(/|$)"
        r"|/(RECORD|INSTALLER|REQUESTED|direct_url\.json|WHEEL|entry_points\.txt|examples-1\.json)$"
    )
    assert [entry for entry in names(packages, "arm64", service) if unwanted.search(entry)] == []


@every_service
def test_every_dependency_brings_its_licence(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    entries = names(packages, "arm64", service)
    for name, version in metadata_folders(entries).items():
        folder = f"{name}-{version}.dist-info"
        assert f"{folder}/METADATA" in entries
        assert any(re.match(rf"{re.escape(folder)}/(.*/)?LICEN[CS]E", entry) for entry in entries)


@every_service
def test_aws_apis_are_those_declared(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    entries = names(packages, "arm64", service)
    apis = {match[1] for entry in entries if (match := re.match(r"botocore/data/([^/]+)/", entry))}
    assert apis == service.aws_apis


@every_service
def test_every_aws_client_the_service_asks_for_is_declared(service: LambdaService) -> None:
    asked = set(_clients_asked_for(REPOSITORY / service.name / "src"))
    assert asked, "a function without an AWS client: does this test still recognise one?"
    assert asked <= service.aws_apis


def _clients_asked_for(source: Path) -> Iterator[str]:
    """The AWS APIs named in a call whose name says it gives a client."""
    apis = set(Session().get_available_services())
    for module in source.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(
                    func=function, args=[ast.Constant(value=str(api)), *_]
                ) if api in apis and "client" in ast.unparse(function):
                    yield api


@pytest.mark.parametrize(("arch", "machine"), [("arm64", AARCH64), ("x86_64", X86_64)])
def test_compiled_modules_are_of_the_architecture(
    packages: Callable[[str], Path], arch: str, machine: int
) -> None:
    for service in SERVICES:
        with zipfile.ZipFile(packages(arch) / service.name / "lambda.zip") as bundle:
            modules = [name for name in bundle.namelist() if name.endswith(".so")]
            headers = [bundle.read(name)[: ELF_MACHINE_AT + 2] for name in modules]
        assert any("_pydantic_core" in name for name in modules)
        found = {int.from_bytes(header[ELF_MACHINE_AT:], "little") for header in headers}
        assert found == {machine}


@every_service
def test_every_module_is_compiled_for_lambda_and_nothing_else_is(
    packages: Callable[[str], Path], service: LambdaService
) -> None:
    entries = names(packages, "arm64", service)
    modules = {PurePosixPath(entry) for entry in entries if entry.endswith(".py")}
    found = {PurePosixPath(entry) for entry in entries if entry.endswith(".pyc")}
    assert found <= {compiled_name(module) for module in modules}
    packages_of_ours = {service.package, "bbws_shared"}
    ours = {module for module in modules if module.parts[0] in packages_of_ours}
    assert {compiled_name(module) for module in ours} <= found
    # What remains are templates that are no Python.
    assert len(found) > 0.98 * len(modules)
    cached = {PurePosixPath(e).parent for e in entries if "__pycache__" in e}
    assert all(Path(e).suffix == ".pyc" for e in entries if PurePosixPath(e).parent in cached)

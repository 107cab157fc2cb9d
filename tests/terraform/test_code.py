"""Terraform's code by itself: format, validity, checkov, variables, and the tables of the README."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from terraform import workbench
from terraform.workbench import ROOT, Workbench

TERRAFORM = ROOT / "terraform"
ROOTS = (".", "foundation")
each_root = pytest.mark.parametrize("root", ROOTS)
_CHECKOV_PINS = Path(__file__).parent / "checkov" / "requirements.txt"
_SUPPRESSION = re.compile(r"^\s*#checkov:skip=(\w+):(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def copy(provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A copy of the repository, initialised without a backend."""
    folder = tmp_path_factory.mktemp("code")
    workbench.copy_repository(folder)
    made = Workbench(folder, None, provider)
    for root in ROOTS:
        made.run("terraform init -backend=false", within=f"terraform/{root}")
    return made


def test_everything_is_formatted(provider: Path) -> None:
    Workbench(ROOT, None, provider).run("terraform fmt -check -recursive -diff")


@each_root
def test_it_is_valid(copy: Workbench, root: str) -> None:
    assert "The configuration is valid." in copy.run(
        "terraform validate", within=f"terraform/{root}"
    )


@each_root
def test_variables_refuse_what_they_must(copy: Workbench, root: str) -> None:
    printed = copy.run("terraform test", within=f"terraform/{root}")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed\.", printed)


@each_root
def test_the_provider_is_locked(root: str) -> None:
    lock = (TERRAFORM / root / ".terraform.lock.hcl").read_text()
    assert 'constraints = "~> 5.40"' in lock
    assert lock.count('"zh:') >= 14, "a checksum for each platform that HashiCorp releases for"


@pytest.fixture(scope="session")
def checkov() -> Path:
    """checkov in an environment of its own, made anew when its pins change."""
    digest = hashlib.sha256(_CHECKOV_PINS.read_bytes()).hexdigest()[:12]
    environment = ROOT / ".build" / f"checkov-{digest}"
    program = environment / "bin" / "checkov"
    if not program.exists():
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "-r", str(_CHECKOV_PINS)], check=True)
    return program


def scanned(checkov: Path, folder: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [checkov, "-d", folder, "--framework", "terraform", "--skip-download", "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ran.stdout)
    return dict(found[0] if isinstance(found, list) else found)


def failed(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]}


def test_checkov_finds_nothing(checkov: Path) -> None:
    report = scanned(checkov, TERRAFORM)
    assert not failed(report)
    assert report["summary"]["passed"] > 300
    assert report["summary"]["parsing_errors"] == 0


def test_each_suppression_of_checkov_has_a_reason_and_is_needed(
    checkov: Path, tmp_path: Path
) -> None:
    suppressed = {
        (check["check_id"], check["resource"])
        for check in scanned(checkov, TERRAFORM)["results"]["skipped_checks"]
    }
    shutil.copytree(TERRAFORM, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    for file in (tmp_path / "terraform").rglob("*.tf"):
        text = file.read_text()
        for check, reason in _SUPPRESSION.findall(text):
            assert len(reason.split()) >= 2, f"{check} in {file.name} has no reason"
        file.write_text(_SUPPRESSION.sub("", text))
    needed = failed(scanned(checkov, tmp_path / "terraform"))
    assert suppressed == needed


def declared(root: str, kind: str) -> dict[str, str]:
    """The variables or outputs of a configuration, with their descriptions."""
    text = "\n".join(file.read_text() for file in sorted((TERRAFORM / root).glob("*.tf")))
    blocks = re.findall(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)
    return {
        name: re.search(r'^\s+description\s+= "(.*)"$', body, re.MULTILINE)[1]  # type: ignore[index]
        for name, body in blocks
    }


def rows(heading: str) -> dict[str, str]:
    """A table of the README: name and last column."""
    section = (TERRAFORM / "README.md").read_text().partition(f"### {heading}\n")[2]
    table = re.split(r"\n#+ ", section)[0]
    return dict(re.findall(r"^\| `(\w+)` \|(?:.* \|)? (.*) \|$", table, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "root", "kind"),
    [
        ("Inputs of the stack", ".", "variable"),
        ("Outputs of the stack", ".", "output"),
        ("Inputs of the foundation", "foundation", "variable"),
        ("Outputs of the foundation", "foundation", "output"),
    ],
)
def test_the_readme_lists_exactly_what_there_is(heading: str, root: str, kind: str) -> None:
    assert rows(heading) == declared(root, kind)


@each_root
def test_every_variable_has_a_type(root: str) -> None:
    text = "\n".join(file.read_text() for file in (TERRAFORM / root).glob("*.tf"))
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    assert [
        name for name, body in blocks if not re.search(r"^\s+type\s+=", body, re.MULTILINE)
    ] == []

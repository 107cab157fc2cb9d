"""WordPress's files for this machine, and a network for each tenant."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from bbws_local.wordpress import Tenant

from .database import USER, Database
from .machine import CORE, program

_ROOT: Final = Path(__file__).resolve().parents[5]
GLUE: Final = _ROOT / "scripts/local/wordpress"
OURS: Final = _ROOT / "shared/wordpress"
_PARTS: Final = ("themes", "plugins")

Say = Callable[[str], None]


class InstallationFailed(Exception):
    """A network could not be installed; says what PHP said."""


def install(folder: Path, database: Database, tenants: Iterable[Tenant], say: Say) -> Path:
    """Lay out WordPress in `folder` and install every tenant's network; the folder of the core.

    Only the core stays from an earlier time: the account that knew of the sites is gone.

    Raises:
        InstallationFailed: PHP could not do it.
    """
    core = folder / "core"
    if not (core / "wp-load.php").is_file():
        say("copying WordPress")
        # Debian's files are links into folders of other packages.
        shutil.copytree(CORE, core, dirs_exist_ok=True, ignore=_without_content)
    for file in GLUE.glob("*.php"):
        shutil.copy(file, core / file.name)
    tenants = list(tenants)
    described = [_described(folder, tenant) for tenant in tenants]
    settings = {
        "user": USER,
        "socket": str(database.socket),
        "secret": secrets.token_hex(16),
        "tenants": described,
    }
    (core / "bbws-tenants.json").write_text(json.dumps(settings))
    for tenant in described:
        database.create(tenant["database"])
        _lay_out(Path(tenant["content"]))
    say(f"installing the networks of {len(tenants)} tenants")
    with ThreadPoolExecutor(2) as installers:
        for tenant_id in installers.map(lambda tenant: _install(core, tenant), tenants):
            say(f"the network of {tenant_id} is installed")
    return core


def _without_content(folder: str, names: list[str]) -> list[str]:
    return [
        name for name in names if folder == str(CORE) and name in ("wp-content", "wp-config.php")
    ]


def _described(folder: Path, tenant: Tenant) -> dict[str, Any]:
    return {
        "tenantId": tenant.tenant_id,
        "networkHost": tenant.network_host,
        "database": f"wp_{tenant.tenant_id.replace('-', '_')}",
        "content": str(folder / "content" / tenant.tenant_id),
    }


def _lay_out(content: Path) -> None:
    """A tenant's wp-content: what Debian brings, and the must-use plugin as the container has it."""
    shutil.rmtree(content, ignore_errors=True)
    for part in _PARTS:
        shutil.copytree(CORE / "wp-content" / part, content / part)
    (content / "uploads").mkdir()
    shutil.copytree(OURS / "mu-plugins", content / "mu-plugins")
    shutil.copy(OURS / "sunrise.php", content / "sunrise.php")


def _install(core: Path, tenant: Tenant) -> str:
    command = [program("php"), "-d", "sendmail_path=/bin/true", str(core / "install.php")]
    run = subprocess.run(
        [*command, tenant.tenant_id, tenant.username, tenant.network_host],
        input=tenant.password,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode or run.stdout.split()[-1:] != [tenant.tenant_id]:
        raise InstallationFailed(f"{tenant.tenant_id}: {run.stdout}{run.stderr}")
    return tenant.tenant_id

"""What a real WordPress needs is named before anything is started."""

from pathlib import Path

from bbws_local.realwordpress import LackingError, lacking


def test_a_machine_without_its_programs_is_told_what_to_install(tmp_path: Path) -> None:
    missing = lacking(str(tmp_path))
    assert {"mariadb-server", "php-cli", "php-curl", "php-mbstring", "php-mysql", "php-xml"} <= {
        *missing
    }
    assert missing == sorted(missing)
    text = str(LackingError(missing))
    assert f"sudo apt-get install --no-install-recommends {' '.join(missing)}" in text


def test_a_php_without_an_extension_is_told_which_package_has_it(tmp_path: Path) -> None:
    php = tmp_path / "php"
    php.write_text("#!/bin/sh\nprintf '[PHP Modules]\\nCore\\ncurl\\nmbstring\\ndom\\n'\n")
    php.chmod(0o755)
    missing = lacking(str(tmp_path))
    assert "php-mysql" in missing
    assert not {"php-cli", "php-curl", "php-mbstring", "php-xml"} & {*missing}

"""The software bill of materials of a release: CycloneDX, made from what is in the ZIPs.

What runs is what is listed: a wheel's METADATA travels in the package, so nothing is taken from a
requirements file that may say something else.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from bbws_packaging.requirements import normalized

PRODUCT: Final = "bbws-wordpress-site-management"
_PYPI: Final = "pypi"


def bill_of_materials(archives: Mapping[str, Path], version: str) -> str:
    """The bill of the packages, by service, of a version of the product, as JSON.

    Each function is a component with the SHA-256 of its ZIP and depends on the libraries in it.
    """
    product = Component(
        name=PRODUCT, version=version, type=ComponentType.APPLICATION, bom_ref=PRODUCT
    )
    bom = Bom()
    bom.metadata.component = product
    functions, libraries = [], dict[tuple[str, str], Component]()
    for service, archive in sorted(archives.items()):
        function = _function(service, archive, version)
        functions.append(function)
        bom.components.add(function)
        inside = [_known(libraries, metadata) for metadata in _metadata_in(archive)]
        bom.components.update(inside)
        bom.register_dependency(function, inside)
    bom.register_dependency(product, functions)
    # The same packages have the same number, whoever builds them.
    sums = "".join(_sha256(archive) for _, archive in sorted(archives.items()))
    bom.serial_number = uuid5(NAMESPACE_URL, f"{PRODUCT}/{version}/{sums}")
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _function(service: str, archive: Path, version: str) -> Component:
    return Component(
        name=service,
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=service,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=_sha256(archive))],
    )


def _sha256(archive: Path) -> str:
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def _metadata_in(archive: Path) -> list[Message]:
    """The core metadata of every wheel in a package."""
    with zipfile.ZipFile(archive) as package:
        names = [name for name in package.namelist() if name.endswith(".dist-info/METADATA")]
        return [HeaderParser().parsestr(package.read(name).decode()) for name in sorted(names)]


def _known(libraries: dict[tuple[str, str], Component], metadata: Message) -> Component:
    """The library of this metadata: one component, in however many functions it is."""
    name, version = normalized(metadata["Name"]), metadata["Version"]
    if (name, version) not in libraries:
        purl = PackageURL(_PYPI, name=name, version=version)
        libraries[name, version] = Component(
            name=name,
            version=version,
            bom_ref=purl.to_string(),
            purl=purl,
            description=metadata.get("Summary"),
            licenses=_licenses(metadata),
        )
    return libraries[name, version]


def _licenses(metadata: Message) -> list[License]:
    """The licence: the SPDX expression where there is one (PEP 639), else the older field."""
    text = metadata.get("License-Expression") or metadata.get("License") or ""
    # The older field may hold the whole text of a licence.
    if not text or "\n" in text.strip():
        return []
    return [LicenseFactory().make_from_string(text.strip())]

"""Compiles modules, so that a cold start does not: Lambda's code folder cannot keep `.pyc` files.

A compiled file is valid whatever the times of its source (PEP 552, "unchecked hash-based pycs"), and
its bytes depend on the source and its place in the package alone: marshal's version 2 has no
back-references, which otherwise follow from what else the compiling process holds.
"""

import importlib.util
import marshal
from pathlib import PurePosixPath
from typing import Final

_TASK_ROOT: Final = PurePosixPath("/var/task")
_UNCHECKED_HASH: Final = (1).to_bytes(4, "little")
_MARSHAL_VERSION: Final = 2
_TAG: Final = "cpython-312"


def compiled(inside: PurePosixPath, source: bytes) -> bytes:
    """The content of the `.pyc` of a module at `inside` the package.

    Tracebacks name the module by its path on Lambda. Raises SyntaxError for what is no Python 3.12.
    """
    code = compile(source, str(_TASK_ROOT / inside), "exec", dont_inherit=True, optimize=0)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code, _MARSHAL_VERSION)


def compiled_name(inside: PurePosixPath) -> PurePosixPath:
    """Where Python 3.12 looks for the compiled form of a module (PEP 3147)."""
    return inside.parent / "__pycache__" / f"{inside.stem}.{_TAG}.pyc"

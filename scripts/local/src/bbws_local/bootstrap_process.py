"""First code of an execution environment's process; started with `python -I -S`, so no site-packages.

Arguments: task root, runtime folder, handler. Imports nothing of the stack.
"""

import os
import sys
import threading


def _end_with_parent() -> None:
    # The parent holds the other end of standard input open for as long as it lives.
    while os.read(0, 1):
        pass
    os._exit(0)


def _start(task_root: str, runtime_folder: str, handler: str) -> None:
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    sys.path[0:0] = [task_root, runtime_folder]
    sys.argv = ["bootstrap", handler]
    from awslambdaric.__main__ import main

    main(sys.argv)


if __name__ == "__main__":
    _start(*sys.argv[1:4])

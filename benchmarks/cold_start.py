"""How long each function's handler takes to import from its ZIP, as a cold start does.

    .venv/bin/python benchmarks/cold_start.py [RUNS]

Each run is a process of its own with nothing but the package on its path, which it cannot write to.
The second column is the same without the compiled modules.
"""

import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from bbws_local.packages import ensure_packages
from bbws_local.specification import StackOptions, specify

ROOT = Path(__file__).resolve().parents[1]
# Without the virtual environment, which -S alone would leave on the path.
PYTHON = getattr(sys, "_base_executable", sys.executable)
SCRIPT = """
import importlib, sys, time
sys.dont_write_bytecode = True
sys.path.append(sys.argv[1])
began = time.perf_counter()
importlib.import_module(sys.argv[2])
print((time.perf_counter() - began) * 1000, len(sys.modules))
"""


def measure(folder: Path, module: str, variables: dict[str, str], runs: int) -> tuple[float, int]:
    """Median milliseconds of an import, and how many modules it loads."""
    times, modules = list[float](), 0
    for _ in range(runs):
        result = subprocess.run(
            [PYTHON, "-I", "-S", "-c", SCRIPT, str(folder), module],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        milliseconds, count = result.stdout.split()
        times.append(float(milliseconds))
        modules = int(count)
    return statistics.median(times), modules


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    packages = ensure_packages(ROOT, print)
    options = StackOptions(root=ROOT, state_directory=ROOT / ".local")
    account = specify(options, "http://127.0.0.1:1", "http://127.0.0.1:2")
    print(f"{'function':<20} {'compiled':>10} {'not compiled':>14} {'modules':>9} {'ZIP':>9}")
    for function in account.functions:
        variables = {
            **function.environment,
            "AWS_REGION": "af-south-1",
            "AWS_DEFAULT_REGION": "af-south-1",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
        }
        module = function.handler.rpartition(".")[0]
        package = packages[function.service]
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            with zipfile.ZipFile(package) as archive:
                archive.extractall(folder)
            compiled, modules = measure(folder, module, variables, runs)
            for file in folder.rglob("*.pyc"):
                file.unlink()
            plain, _ = measure(folder, module, variables, runs)
        size = package.stat().st_size / 1e6
        print(
            f"{function.service:<20} {compiled:>7.0f} ms {plain:>11.0f} ms {modules:>9}"
            f" {size:>6.1f} MB"
        )


if __name__ == "__main__":
    main()

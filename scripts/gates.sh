#!/usr/bin/env bash
# Runs the gates of one package, which are the commands of the runbook's pre-deployment checklist (§3), from inside
# its folder. See --help.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly minimum_coverage=80

usage() {
    cat <<HELP
Usage: scripts/gates.sh FOLDER [GATE...]

Checks the package in FOLDER: shared, a service, scripts/local, scripts/cli, scripts/operations, scripts/packaging; or tests, the tests of the whole; or benchmarks; or scripts, the programs beside the packages; or terraform/rollback.
The gates are black, ruff, mypy and pytest (with at least $minimum_coverage % coverage of src); without GATE all of them.
Goes on after a failed gate and names those that failed at the end.
HELP
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
'')
    usage >&2
    exit 2
    ;;
esac
folder=${1%/}
shift
gates=("$@")
if ((!${#gates[@]})); then
    gates=(black ruff mypy pytest)
fi

code=(src tests)
typed=(src)
tested=yes
# The AWS calls that a service makes while it is tested are what its role is given.
recording=()
case $folder in
*-service | async-processor)
    export PYTHONPATH=$repository/tests${PYTHONPATH:+:$PYTHONPATH}
    recording=(-p terraform.recorded_calls)
    ;;
# tests/packaging tests it, with the repository as a whole.
scripts/packaging)
    code=(src)
    tested=no
    ;;
# Tested in plugins-service, whose code it runs.
scripts)
    code=(import_vulnerabilities.py)
    typed=(import_vulnerabilities.py)
    tested=no
    ;;
# Tested in tests/terraform, on an account that has it.
terraform/rollback)
    code=(.)
    typed=(rollback.py)
    tested=no
    ;;
# What runs them is scripts/test_all.sh: they are not one package's.
benchmarks)
    code=(.)
    typed=(.)
    tested=no
    ;;
tests)
    code=(.)
    typed=(packaging e2e contract terraform wordpress promotion workflows deployment runbook)
    tested=no
    ;;
esac

run() {
    printf -- '--- %s: %s\n' "$folder" "$*"
    "$@"
}

# One after the other: two folders of tests may each have a conftest.
check_types() {
    local source status=0
    for source in "${typed[@]}"; do
        run mypy "$source" || status=1
    done
    return $status
}

gate() {
    case $1 in
    black) run black --check --quiet --diff "${code[@]}" ;;
    ruff) run ruff check --quiet "${code[@]}" ;;
    mypy) check_types ;;
    pytest)
        [[ $tested == no ]] ||
            run pytest tests/ -q --cov=src --cov-report=term --cov-fail-under="$minimum_coverage" "${recording[@]}"
        ;;
    *)
        echo "There is no gate '$1': black, ruff, mypy, pytest." >&2
        return 2
        ;;
    esac
}

cd "$repository/$folder"
export PATH="$repository/.venv/bin:$PATH"
failed=()
for name in "${gates[@]}"; do
    gate "$name" || failed+=("$name")
done
if ((${#failed[@]})); then
    printf -- '--- %s FAILED: %s\n' "$folder" "${failed[*]}"
    exit 1
fi

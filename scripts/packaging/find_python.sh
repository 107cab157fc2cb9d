#!/usr/bin/env bash
# Prints the path of a Python 3.12 that runs, or says how to get one.
#
# PYTHON, when set, is the only candidate. Otherwise the first that runs of: the project's .venv, python3.12 and
# python3 on PATH, pyenv's versions, the usual system folders, and uv's.
set -euo pipefail

readonly wanted='3.12'
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

candidates() {
    if [[ -n ${PYTHON:-} ]]; then
        command -v -- "$PYTHON" || true
        return
    fi
    if [[ ${1:-} != --for-venv ]]; then
        echo "$repository/.venv/bin/python"
    fi
    # pyenv's shim is on PATH for every version and fails for those not activated: a candidate must run.
    type -aP "python$wanted" python3 python || true
    local root
    for root in "${PYENV_ROOT:-}" "${HOME:-/root}/.pyenv"; do
        [[ -z $root ]] || printf '%s\n' "$root/versions/$wanted"*/bin/"python$wanted"
    done
    printf '%s\n' "/usr/bin/python$wanted" "/usr/local/bin/python$wanted" "/opt/homebrew/bin/python$wanted"
    if command -v uv >/dev/null; then
        uv python find "$wanted" 2>/dev/null || true
    fi
}

path_when_wanted() {
    "$1" -c "
import sys
if '%d.%d' % sys.version_info[:2] != '$wanted':
    sys.exit(1)
print(sys.executable)
" 2>/dev/null
}

while IFS= read -r candidate; do
    if found=$(path_when_wanted "$candidate"); then
        printf '%s\n' "$found"
        exit 0
    fi
done < <(candidates "$@")

if [[ -n ${PYTHON:-} ]]; then
    echo "error: PYTHON is '$PYTHON', which is not a Python $wanted that runs." >&2
else
    cat >&2 <<MESSAGE
error: Python $wanted is needed and was not found. Any of these installs it:
  apt-get install python$wanted python$wanted-venv     (Ubuntu 24.04)
  brew install python@$wanted                        (macOS)
  uv python install $wanted                          (anywhere with uv)
  pyenv install $wanted                              (anywhere with pyenv)
MESSAGE
fi
exit 1

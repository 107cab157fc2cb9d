#!/usr/bin/env bash
# Installs what the programs of scripts/operations need into .venv, and nothing else: for a workflow that holds a
# deployment role. `make venv` installs it too, with everything for development.
#
# Usage: scripts/operations/install.sh
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ ! -x .venv/bin/python ]]; then
    "$(scripts/packaging/find_python.sh --for-venv)" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
    --only-binary=:all: --requirement scripts/operations/requirements.txt

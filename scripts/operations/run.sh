#!/usr/bin/env bash
# Runs a program of scripts/operations: the executables beside scripts/deploy call it with their own name.
#
# Usage: scripts/operations/run.sh PROGRAM [ARGUMENT...]
set -euo pipefail

repository=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
python=$repository/.venv/bin/python

if ! "$python" -c 'import boto3, click' 2>/dev/null; then
    echo "error: $repository/.venv has not what the programs need; install it with: scripts/operations/install.sh" >&2
    exit 2
fi
# scripts/rollback runs the very script that the automatic rollback runs.
PYTHONPATH=$repository/scripts/operations/src:$repository/terraform/rollback PYTHONDONTWRITEBYTECODE=1 \
    exec "$python" -m bbws_operations "$@"

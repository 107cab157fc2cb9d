#!/usr/bin/env bash
# Builds the Lambda package of every service: <service>/dist/lambda.zip and MD5SUMS. See --help.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
    cat <<HELP
Usage: scripts/build_all.sh

Builds <service>/dist/lambda.zip and <service>/dist/MD5SUMS of every service. A set of dependencies that several
services have in common is installed once and kept in .build/ for the next build.
The environment is that of scripts/build_service.sh --help: ARCH, DIST, PYTHON, SOURCE_DATE_EPOCH.
HELP
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
'') ;;
*)
    usage >&2
    exit 2
    ;;
esac

python=$("$repository/scripts/packaging/find_python.sh")
PYTHONPATH="$repository/scripts/packaging/src" PYTHONDONTWRITEBYTECODE=1 exec "$python" -m bbws_packaging

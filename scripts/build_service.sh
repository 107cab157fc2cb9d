#!/usr/bin/env bash
# Builds one service's Lambda package: <service>/dist/lambda.zip and MD5SUMS. See --help.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
    cat <<HELP
Usage: scripts/build_service.sh SERVICE

Builds SERVICE/dist/lambda.zip and SERVICE/dist/MD5SUMS: the service, the shared library and the pinned
dependencies. The same sources and pins give the same bytes on any machine.

Environment:
  ARCH    arm64 (default), x86_64, or native for this machine's
  DIST    folder to build into, as \$DIST/SERVICE/lambda.zip, instead of SERVICE/dist
  PYTHON  the Python 3.12 (with pip) to build with; found by itself when unset
  SOURCE_DATE_EPOCH
          time of the entries in the ZIP, in seconds; 1980-01-01 when unset
HELP
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
esac
if (($# != 1)); then
    usage >&2
    exit 2
fi

python=$("$repository/scripts/packaging/find_python.sh")
PYTHONPATH="$repository/scripts/packaging/src" PYTHONDONTWRITEBYTECODE=1 exec "$python" -m bbws_packaging "$1"

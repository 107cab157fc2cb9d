#!/usr/bin/env bash
# Runs the smoke test against the local stack that `make run` has started, which describes itself in .local/stack.json.
#
# Environment: STACK, another description; TENANT_ID (tenant-123) and ROLE (CUSTOMER_ADMIN), whose token is used.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stack=${STACK:-$repository/.local/stack.json}
export TENANT_ID=${TENANT_ID:-tenant-123}
role=${ROLE:-CUSTOMER_ADMIN}

command -v jq >/dev/null || {
    echo "error: jq is needed" >&2
    exit 2
}
if [[ ! -r $stack ]]; then
    echo "error: no local stack is running ($stack is not there); start one with: make run" >&2
    exit 2
fi

described() {
    jq --exit-status --raw-output --arg tenant "$TENANT_ID" --arg role "$role" "$1" "$stack" || {
        echo "error: $stack has no $1 (tenant $TENANT_ID, role $role)" >&2
        exit 2
    }
}

API_URL=$(described .apiUrl)
AWS_ENDPOINT_URL=$(described .awsEndpointUrl)
ENV=$(described .environment)
AWS_REGION=$(described .region)
# shellcheck disable=SC2016 # $tenant and $role are jq's
AUTH_TOKEN=$(described '.tokens[$tenant][$role]')
export API_URL AWS_ENDPOINT_URL ENV AWS_REGION AUTH_TOKEN

# The emulator takes any credentials, but the CLI sends nothing without some; a real account's stay out of it.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

# One of those that the stack's catalogue begins with; lists show approved plugins only.
export SMOKE_BLOCKLISTED_PLUGIN=${SMOKE_BLOCKLISTED_PLUGIN:-file-commander}

exec "$repository/scripts/smoke_test.sh"

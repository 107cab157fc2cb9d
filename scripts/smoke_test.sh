#!/usr/bin/env bash
# The smoke test of the runbook (§5) against a deployed environment or the local stack. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/smoke/aws.sh
source "$here/smoke/aws.sh"
# shellcheck source=scripts/smoke/api.sh
source "$here/smoke/api.sh"

usage() {
    cat <<'HELP'
Usage: API_URL=… AUTH_TOKEN=… ENV=dev scripts/smoke_test.sh

Checks functions, queues, table, logs and API of an environment, one line each, and goes on after a failure. It creates
a site, installs a plugin on it and deletes it again. The exit status is 0 when all is well, 1 when a check failed (the
last line says which), 2 when it cannot run.

Environment:
  API_URL       base of the API with its stage, https://{api}.execute-api.{region}.amazonaws.com/{env}
  AUTH_TOKEN    ID token of a CUSTOMER_ADMIN of the tenant, with or without "Bearer "
  ENV           dev, sit or prod (default dev)
  AWS_REGION    default af-south-1
  AWS_ENDPOINT_URL             the local stack's AWS API; unset for AWS
  TENANT_ID                    default tenant-123
  SMOKE_WRITE                  1 or 0: whether to create a site; default 0 in prod, else 1
  KEEP_SITE                    1 leaves the created site
  SMOKE_TIMEOUT_SECONDS        how long an operation may take, default 300
  SMOKE_PLUGIN                 plugin to install; default: the first in the catalogue that is safe
  SMOKE_BLOCKLISTED_PLUGIN     plugin that must be refused; default: the first the catalogue blocklists
HELP
}

cannot_run() {
    echo "error: $*" >&2
    exit 2
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

missing=()
for tool in curl jq; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
aws=$(working_aws) || missing+=("aws (AWS CLI)")
((!${#missing[@]})) || cannot_run "needed and not found: ${missing[*]}"
[[ -n ${API_URL:-} ]] || cannot_run "API_URL is not set; --help says what it is"
[[ -n ${AUTH_TOKEN:-} ]] || cannot_run "AUTH_TOKEN is not set; --help says what it is"

environment=${ENV:-dev}
region=${AWS_REGION:-af-south-1}
tenant=${TENANT_ID:-tenant-123}
operation_seconds=${SMOKE_TIMEOUT_SECONDS:-300}
writes=${SMOKE_WRITE:-$([[ $environment == prod ]] && echo 0 || echo 1)}
sites_path=/v1.0/tenants/$tenant/sites

work=$(mktemp -d)
answer=$work/answer.json
answer_headers=$work/headers
# In a file, so that the token is not in the process list.
(umask 077 && printf 'Authorization: Bearer %s\n' "${AUTH_TOKEN#Bearer }" >"$work/authorization")

created_sites=()
failed=()
passed=0

# report NAME EXPECTED SEEN: OK when both are the same.
report() {
    if [[ $2 == "$3" ]]; then
        passed=$((passed + 1))
        printf 'OK    %-46s %s\n' "$1" "$3"
    else
        failed+=("$1")
        printf 'FAIL  %-46s expected %s, got %s\n' "$1" "$2" "${3:-nothing}"
        return 1
    fi
}

skip() {
    printf 'SKIP  %-46s %s\n' "$1" "$2"
}

check_reading() {
    local token
    for token in yes ''; do
        with_token=$token api GET "$sites_path"
        if [[ -n $token ]]; then
            report_answer "GET sites" 200 "items array" '.items | type == "array"' || true
        else
            report "GET sites without a token" 401 "$status" || true
        fi
    done
    api GET "/v1.0/templates?limit=100"
    report_answer "GET templates" 200 "items array" '.items | type == "array"' || true
    api GET "/v1.0/plugins?limit=100"
    report_answer "GET plugins" 200 "items array" '.items | type == "array"' || true
    plugin=${SMOKE_PLUGIN:-$(field '[.items[] | select(.vetting == "APPROVED" and .pricing != "PREMIUM"
        and ((.vulnerabilities // []) | length == 0) and ((.conflictsWith // []) | length == 0))][0].pluginId')}
    blocklisted=${SMOKE_BLOCKLISTED_PLUGIN:-$(field '[.items[] | select(.vetting == "BLOCKLISTED")][0].pluginId')}
}

new_site_body() {
    jq --null-input --compact-output --arg subdomain "smoke-$(date +%s)-$RANDOM" \
        '{siteName: "Smoke test", subdomain: $subdomain}'
}

remember_site() {
    local id
    id=$(field .siteId)
    [[ -z $id ]] || created_sites+=("$id")
}

check_creating() {
    api POST "$sites_path" "$(new_site_body)"
    remember_site
    site=$(field .siteId)
    operation=$(field .operationId)
    report_answer "POST sites" 202 "siteId and operationId" '(.siteId | length > 0) and (.operationId | length > 0)' ||
        return 0
    report "POST sites: Location names the operation" "$operation" \
        "$(sed -n 's/\r$//; s#^[Ll]ocation: .*/##p' "$answer_headers")" || true
    report "the site's creation" COMPLETED "$(wait_for "$operation")" || true
}

check_plugins() {
    if [[ -z $plugin ]]; then
        skip "POST plugin" "the catalogue has none that is approved and safe; SMOKE_PLUGIN names one"
    else
        api POST "$sites_path/$site/plugins" "{\"pluginId\": \"$plugin\"}"
        report_answer "POST plugin $plugin" 201 pluginId ".pluginId == \"$plugin\"" || true
    fi
    if [[ -z $blocklisted ]]; then
        skip "POST blocklisted plugin" "the catalogue shows none; SMOKE_BLOCKLISTED_PLUGIN names one"
    else
        api POST "$sites_path/$site/plugins" "{\"pluginId\": \"$blocklisted\"}"
        report_answer "POST blocklisted plugin $blocklisted" 422 PLUG_002 '.error.code == "PLUG_002"' || true
    fi
}

# check_copy NAME STATUS BODY: clone and promotion answer with a new site and an operation.
check_copy() {
    api POST "$sites_path/$site/$1" "$3"
    if is_missing_route; then
        skip "POST $1" "not in this version"
        return
    fi
    remember_site
    local operation
    operation=$(field .operationId)
    report_answer "POST $1" "$2" "siteId and operationId" '(.siteId | length > 0) and (.operationId | length > 0)' ||
        return 0
    report "the site's $1" COMPLETED "$(wait_for "$operation")" || true
}

delete_sites() {
    local id deadline operation
    ((${#created_sites[@]})) || return 0
    for id in "${created_sites[@]}"; do
        deadline=$((SECONDS + operation_seconds))
        api DELETE "$sites_path/$id"
        # An operation in flight ends first; then the site can go.
        while [[ $status == 409 ]] && ((SECONDS < deadline)); do
            sleep 2
            api DELETE "$sites_path/$id"
        done
        operation=$(field .operationId)
        report_answer "DELETE $id" 202 operationId '.operationId | length > 0' || continue
        report "the deletion of $id" COMPLETED "$(wait_for "$operation")" || true
    done
    created_sites=()
}

leave() {
    local status_of_exit=$?
    trap - EXIT INT TERM
    if [[ ${KEEP_SITE:-0} != 1 ]]; then
        set +e
        delete_sites
    fi
    rm -rf "$work"
    exit "$status_of_exit"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo "Smoke test of $environment: $API_URL, tenant $tenant, region $region"
check_aws
check_reading
if [[ $writes != 1 ]]; then
    skip "creating, plugins, deleting" "reading only; SMOKE_WRITE=1 creates a site and deletes it"
else
    check_creating
    if [[ -n $site ]]; then
        check_plugins
        check_copy clone 202 "$(new_site_body)"
        check_copy promote 200 '{"targetEnvironment": "SIT"}'
    else
        skip "plugins, clone, promote" "there is no site to do it on"
    fi
    if [[ ${KEEP_SITE:-0} == 1 ]]; then
        skip "DELETE ${created_sites[*]-}" "KEEP_SITE=1"
    else
        delete_sites
    fi
fi

if ((${#failed[@]})); then
    names=$(printf '; %s' "${failed[@]}")
    printf '\nFAILED %d of %d: %s\n' ${#failed[@]} $((passed + ${#failed[@]})) "${names#; }"
    exit 1
fi
printf '\nAll %d checks passed.\n' "$passed"

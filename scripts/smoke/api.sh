# shellcheck shell=bash
# How the smoke test speaks to the API. Sourced by scripts/smoke_test.sh, which sets these:
: "${work=}" "${answer=}" "${answer_headers=}" "${operation_seconds=}"

# api METHOD PATH [BODY]: sets status; the answer is in $answer, its headers in $answer_headers.
api() {
    local arguments=(--silent --show-error --max-time 35 --request "$1" --output "$answer" --dump-header "$answer_headers")
    arguments+=(--write-out '%{http_code}' --header 'Content-Type: application/json')
    [[ -z ${with_token-yes} ]] || arguments+=(--header "@$work/authorization")
    [[ -z ${3:-} ]] || arguments+=(--data "$3")
    : >"$answer"
    : >"$answer_headers"
    status=$(curl "${arguments[@]}" "${API_URL%/}$2" 2>"$work/curl_error") || status="no answer: $(tail -n 1 "$work/curl_error")"
}

# answer_is FILTER: whether the jq filter is true of the answer.
answer_is() {
    jq --exit-status "$1" "$answer" >/dev/null 2>&1
}

field() {
    jq --raw-output "$1 // empty" "$answer" 2>/dev/null || true
}

# report_answer NAME STATUS CLAIM FILTER: the status, and what must be true of the body, in one line.
report_answer() {
    local seen=$status
    [[ $status != "$2" ]] || ! answer_is "$4" || seen="$2 with $3"
    [[ $seen == "$2 with $3" ]] || seen="$status $(head -c 300 "$answer" | tr -s '[:space:]' ' ')"
    report "$1" "$2 with $3" "$seen"
}

# The gateway's own 404 has no error code, a service's has REQ_003: the route is not in this version of the API.
is_missing_route() {
    [[ $status == 404 ]] && answer_is '(.error.code // "REQ_003") == "REQ_003"'
}

# wait_for OPERATION: polls until it has ended, and prints its last status and message.
wait_for() {
    local deadline=$((SECONDS + operation_seconds)) state
    while :; do
        api GET "/v1.0/operations/$1"
        state=$(field .status)
        case $state in
        COMPLETED)
            echo COMPLETED
            return
            ;;
        FAILED | CANCELLED)
            echo "$state ($(field '.error.message // .message'))"
            return
            ;;
        esac
        if ((SECONDS >= deadline)); then
            echo "${state:-status $status} after $operation_seconds s"
            return
        fi
        sleep 1
    done
}

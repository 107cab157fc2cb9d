#!/usr/bin/env bash
# Runs every test there is, and says at the end what passed: `make test` is the way to call it.
#
# Usage: scripts/test_all.sh PACKAGE_FOLDER...
#
# The gates of the packages run two at a time, so that a machine of two cores is neither idle nor late; then, one after
# the other, the tests of the Lambda packages, those that start the local stack, whose timing wants a quiet machine, and
# those that apply Terraform.
# Each part's output is kept in .build/test/.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"
readonly logs=.build/test
export PATH="$repository/.venv/bin:$PATH"

# run_part NAME COMMAND...: prints the output in one piece when the command has ended, so that two at once stay readable.
run_part() {
    local name=$1 log status=0
    shift
    log=$logs/${name//\//-}
    "$@" >"$log.log" 2>&1 || status=$?
    echo "$status" >"$log.status"
    printf '\n===== %s\n' "$name"
    cat "$log.log"
}

# follow_part NAME COMMAND...: the same, printing while it runs.
follow_part() {
    local name=$1 log=$logs/$1
    shift
    printf '\n===== %s\n' "$name"
    { "$@" 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log.log"
}

summary_line() {
    local name=$1 log=$logs/${1//\//-} outcome=passed coverage tests
    [[ $(cat "$log.status" 2>/dev/null) == 0 ]] || outcome=FAILED
    coverage=$(sed -n 's/^.*Total coverage: \([0-9.]*%\).*$/\1/p' "$log.log" | tail -n 1)
    tests=$(grep -E '^=* ?[0-9]+ (passed|failed|skipped|error).* in [0-9.]+s' "$log.log" | tail -n 1 | tr -d '=' || true)
    printf '%-20s %-7s %-9s %s\n' "$name" "$outcome" "${coverage:--}" "${tests:- -}"
    [[ $outcome == passed ]]
}

rm -rf "$logs"
mkdir -p "$logs"
packages=("$@")

for folder in "${packages[@]}" tests benchmarks scripts terraform/rollback; do
    while (($(jobs -pr | wc -l) >= 2)); do
        wait -n || true
    done
    run_part "$folder" scripts/gates.sh "$folder" &
done
wait

parts=("${packages[@]}" tests benchmarks scripts terraform/rollback)
for part in packaging workflows promotion e2e contract terraform deployment runbook wordpress; do
    parts+=("$part")
    follow_part "$part" pytest "tests/$part" -v -p no:cacheprovider
done

printf '\n%-20s %-7s %-9s %s\n' part result coverage tests
failed=()
for part in "${parts[@]}"; do
    summary_line "$part" || failed+=("$part")
done
if ((${#failed[@]})); then
    printf '\nFAILED: %s   (output in %s)\n' "${failed[*]}" "$logs"
    exit 1
fi
printf '\nEverything passed in %d min %d s.\n' $((SECONDS / 60)) $((SECONDS % 60))

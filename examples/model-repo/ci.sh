#!/bin/sh
# The checks of this repository: `sh ci.sh` runs all of them, `sh ci.sh STEP ...` those that are named.
set -eu
cd "$(dirname "$0")"
runs=medgen-runs/ci

# run NAME ARGUMENT...: pytest with a run directory of its own. That must be new, so the last one goes.
run() {
    folder=$runs/$1
    shift
    rm -rf "$folder"
    pytest -q --medgen-run-dir="$folder" "$@"
}

unit_tests() {
    pytest -q tests
}

# Does everything work together? Found out in seconds, before a model is loaded or an endpoint paid.
dry_run() {
    rm -rf "$runs/dry-run"
    medgen fake-server -- \
        pytest -q benchmark_tests/test_medgen.py --medgen-config=dry-run.yaml --medgen-run-dir="$runs/dry-run"
}

# For pull requests: all on one machine. The exit code of pytest is the verdict of the gates.
gates() {
    run gates benchmark_tests
}

# For the night, where the dataset is large: each machine takes a part, and `verdict` joins them.
shard_1() {
    run shard-1 benchmark_tests --medgen-shard=1/2
}

shard_2() {
    run shard-2 benchmark_tests --medgen-shard=2/2
}

# Decides the gates over all parts. What people read is made whatever comes out; the exit code is that of the gates.
verdict() {
    code=0
    rm -rf "$runs/merged"
    medgen merge "$runs"/shard-* --output="$runs/merged" || code=$?
    medgen compare baselines/main.json "$runs/merged" --markdown="$runs/compare.md"
    medgen summary "$runs/merged"
    return "$code"
}

# By hand, after a release: what later models must not fall behind. The gate on the command line takes the place of
# those in medgen.yaml, one of which needs the very file that is made here.
baseline() {
    run baseline benchmark_tests/test_medgen.py --medgen-gate="errors <= 0%"
    medgen baseline save "$runs/baseline" baselines/main.json
}

if [ "$#" -eq 0 ]; then
    set -- unit_tests dry_run gates shard_1 shard_2 verdict
fi
for step; do
    echo "== $step"
    "$step"
done

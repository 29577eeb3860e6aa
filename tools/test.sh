#!/usr/bin/env bash
# Set-up, developer build, every test and the layout check. The last line is "N passed, N failed"; the exit code is
# non-zero when anything failed, building included.
#
#   tools/test.sh [ctest options, e.g. -L unit or -R pc]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

fail_early() {
  echo "test: $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

tools/setup.sh || fail_early "the set-up failed"
cmake --preset dev || fail_early "configuring failed"
cmake --build --preset dev -j"$(nproc)" || fail_early "the build failed"

results=$PWD/build/dev/test_results.xml
rm -f "$results"
ctest --preset dev -j"$(nproc)" --no-tests=error --output-junit "$results" "$@"
ctest_code=$?
python3 tools/count_tests.py "$results"
count_code=$?
exit $((ctest_code != 0 ? ctest_code : count_code))

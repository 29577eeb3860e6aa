#!/usr/bin/env bash
# Fuzzes every parser with libFuzzer and prints the last lines of each run.
#   tools/fuzz.sh [RUNS] [PARSER...]     default: 1000000 runs of every parser
# FUZZ_MAX_LEN is the largest input in bytes (default 256: most runs a second; seeds above it are cut).
# Inputs found are kept in build/fuzz/corpus; crashes in build/fuzz/crashes. Exit code 1 when any parser fails.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-1000000}
shift $(($# > 0 ? 1 : 0))
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz --target fuzzers
parsers=("$@")
if [ ${#parsers[@]} -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.cpp; do
    parser=$(basename "$source" .cpp)
    parsers+=("${parser#fuzz_}")
  done
fi
mkdir -p build/fuzz/crashes
failed=0
for parser in "${parsers[@]}"; do
  found=build/fuzz/corpus/$parser
  log=build/fuzz/$parser.log
  mkdir -p "$found"
  echo "== $parser"
  if ! build/fuzz/bin/fuzz_"$parser" -runs="$runs" -max_len="${FUZZ_MAX_LEN:-256}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix=build/fuzz/crashes/"$parser"- "$found" tests/fuzz/corpus/"$parser" > "$log" 2>&1; then
    failed=1
    echo "FAILED, see $log"
  fi
  tail -n 8 "$log"
done
exit $failed

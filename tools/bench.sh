#!/usr/bin/env bash
# Set-up, benchmark build, every benchmark, and one table of what was promised against what was measured.
#
#   tools/bench.sh [--peers] [benchmark name ...]
#
# Without names all of build/bench/bin/bench_* run; --peers adds the comparisons with other tools in bench/peers.
# Benchmarks report by lines "RESULT <name> <value> <unit> target <op> <target> <PASS|FALL SHORT>".
# The table on stdout is Markdown; everything else goes to stderr. Exit code 1 when a benchmark crashed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

peers=0
names=()
for argument in "$@"; do
  case "$argument" in
    --peers) peers=1 ;;
    -*) echo "usage: tools/bench.sh [--peers] [benchmark name ...]" >&2; exit 2 ;;
    *) names+=("$argument") ;;
  esac
done

{
  tools/setup.sh --bench
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)"
} >&2

commands=()
for binary in build/bench/bin/bench_*; do
  [[ -x $binary ]] || continue
  name=$(basename "$binary")
  if ((${#names[@]} == 0)) || [[ " ${names[*]} " == *" $name "* ]]; then commands+=("$binary"); fi
done
if ((peers)); then
  for script in bench/peers/compare_*.sh; do commands+=("$script"); done
fi
if ((${#commands[@]} == 0)); then
  echo "bench: nothing to run" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
crashed=0
for command in "${commands[@]}"; do
  echo "== $command" >&2
  code=0
  "$command" 2>&1 | tee -a "$log" >&2 || code=$?
  if ((code == 77)); then
    echo "bench: $command was skipped" >&2
  elif ((code != 0)); then
    echo "bench: $command ended with exit code $code" >&2
    crashed=1
  fi
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo
echo "Measured on $(date -u +%Y-%m-%d), ${processor:-unknown processor}, $(nproc) cores, $(g++ -dumpfullversion | sed 's/^/GCC /'), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)."
echo
echo "| Benchmark | Measured | Target | Measured / target | Verdict |"
echo "|---|---|---|---|---|"
awk '$1 == "RESULT" && $5 == "target" {
  verdict = $8; if ($9 != "") verdict = verdict " " $9
  printf "| `%s` | %s %s | %s %s %s | %.2f | %s |\n", $2, $3, $4, $6, $7, $4, $7 == 0 ? 0 : $3 / $7, verdict
  if (verdict != "PASS") short += 1; total += 1
} END { printf "\n%d of %d targets met\n", total - short, total }' "$log"
exit "$crashed"

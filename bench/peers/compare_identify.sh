#!/usr/bin/env bash
# Our ID against y0's on published graphs (identify_queries.txt): verdict, value of the formula on an explicit hidden
# variable model, seconds. Prints a line a graph.
#
#   bench/peers/compare_identify.sh
#
# Exit codes: 0 done, 1 a verdict or value of ours is wrong or a run failed, 77 y0 cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_identify
mkdir -p "$folder"
{
  tools/setup.sh --bench
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)" --target bench_identify
} >&2
python=$(bench/peers/setup_peer.sh y0 0.2.11)
build/bench/bin/bench_identify --queries bench/peers/identify_queries.txt >"$folder/causal.jsonl"
"$python" bench/peers/y0_identify.py bench/peers/identify_queries.txt "$folder/causal.jsonl"

#!/usr/bin/env bash
# Our PC skeleton against causal-learn's, side by side on the same simulated table: 100 variables, average degree 4,
# 1,000 rows, Fisher-z at 0.01, one thread each. Checks that both find the same edges and prints the ratio of seconds.
#
#   bench/peers/compare_pc.sh [DATA.csv]
#
# With DATA.csv that table is used instead of the simulated one. Exit codes: 0 done (also when the target is missed,
# which the RESULT line says), 1 the skeletons differ or a run failed, 77 causal-learn cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

repeats=7
folder=build/peers/compare_pc
mkdir -p "$folder"
rm -f "$folder"/*.json

{
  tools/setup.sh
  cmake --preset release
  cmake --build --preset release -j"$(nproc)" --target causal
} >&2
causal=build/release/bin/causal
python=$(bench/peers/setup_peer.sh causal-learn 0.1.4.8)

data=${1:-$folder/data.csv}
if [[ $# == 0 ]]; then
  "$causal" simulate --nodes 100 --degree 4 --n 1000 --seed 1 -o "$data" --force
fi

for ((i = 1; i <= repeats; ++i)); do
  "$causal" discover "$data" --algorithm pc --test fisher_z --alpha 0.01 --threads 1 --quiet \
    --format json --output "$folder/causal_$i.json" --force
done
"$python" bench/peers/causal_learn_pc.py "$data" --alpha 0.01 >"$folder/causal_learn.json"
python3 bench/peers/compare_skeletons.py "$folder/causal_learn.json" "$folder"/causal_[0-9]*.json

#!/usr/bin/env bash
# All marginals of the ALARM network: our junction tree against pgmpy's variable elimination (its
# fastest route), side by side on one thread each. Checks that both give the same numbers; prints the ratio of seconds.
#
# Exit codes: 0 done, 1 the marginals differ or a run failed, 77 pgmpy cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_inference
mkdir -p "$folder"
{
  tools/setup.sh --bench
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)" --target bench_alarm
} >&2
python=$(bench/peers/setup_peer.sh pgmpy 1.1.2 --no-deps networkx numpy scipy pandas scikit-base opt_einsum packaging pyparsing tqdm joblib scikit-learn statsmodels)

build/bench/bin/bench_alarm --marginals "$folder/causal.json"
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" bench/peers/pgmpy_marginals.py data/alarm.bif "$folder/causal.json"

#!/usr/bin/env bash
# Prediction-powered estimates and intervals, ours against ppi_py: mean, quantile, OLS, logistic and Poisson regression,
# with lambda 0, 0.5, 1 and tuned. Prints a line an estimate.
#
# Exit codes: 0 all agree to 1e-8, 1 some do not or a run failed, 77 ppi_py cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_ppi
mkdir -p "$folder"
{
  tools/setup.sh --bench
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)" --target bench_ppi
} >&2
# What it asks for beside these serves its data sets and plots.
python=$(bench/peers/setup_peer.sh ppi-python 0.2.3 --no-deps numpy scipy statsmodels numba pandas scikit-learn tqdm)
"$python" bench/peers/ppi_py_reference.py make "$folder"
build/bench/bin/bench_ppi --peer "$folder" >"$folder/causal.jsonl"
"$python" bench/peers/ppi_py_reference.py compare "$folder" "$folder/causal.jsonl"

#!/usr/bin/env bash
# Our forests against scikit-learn's and EconML's as nuisances of a doubly robust estimate, same folds and settings.
#
#   bench/peers/compare_forest.sh [THREADS [TREES]]
#
# Exit codes: 0 done (also when a target is missed, which its RESULT line says), 77 the peers cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_forest
mkdir -p "$folder"
{
  tools/setup.sh
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)" --target bench_forest
} >&2
# EconML asks for gigabytes that a doubly robust learner never loads.
python=$(bench/peers/setup_peer.sh econml 0.16.0 --no-deps "numpy<2.3" "scipy<1.16" "scikit-learn<1.7" sparse joblib shap slicer tqdm cloudpickle \
  statsmodels "pandas<2.4")
"$python" bench/peers/econml_forest.py build/bench/bin/bench_forest "$folder" "${1:-1}" "${2:-500}"

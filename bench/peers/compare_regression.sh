#!/usr/bin/env bash
# Least squares, two-stage least squares and LIML with their standard errors, number for number beside statsmodels and
# linearmodels.
#
# Exit codes: 0 done, 1 numbers differ or a run failed, 77 the peers cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_regression
mkdir -p "$folder"
{
  tools/setup.sh --bench
  cmake --preset bench
  cmake --build --preset bench -j"$(nproc)" --target bench_streaming_regression
} >&2
python=$(bench/peers/setup_peer.sh linearmodels 6.1 --no-deps statsmodels==0.14.4 'numpy<2.3' 'scipy<1.16' 'pandas<3' patsy formulaic mypy_extensions pyhdfe setuptools_scm)

build/bench/bin/bench_streaming_regression --small "$folder/table.csv" "$folder/causal.json"
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" bench/peers/statsmodels_reference.py "$folder/table.csv" "$folder/causal.json"

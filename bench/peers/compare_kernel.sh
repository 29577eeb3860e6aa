#!/usr/bin/env bash
# Our kernel test and CD-NOD against causal-learn's, on the same simulated tables, one thread each; some minutes.
#
#   bench/peers/compare_kernel.sh
#
# Exit codes: 0 done (also when a target is missed, which its RESULT line says), 1 p-values differ or a run failed,
# 77 causal-learn cannot be installed here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=build/peers/compare_kernel
mkdir -p "$folder"
{
  tools/setup.sh
  cmake --preset release
  cmake --build --preset release -j"$(nproc)" --target causal
} >&2
python=$(bench/peers/setup_peer.sh causal-learn 0.1.4.8)
"$python" bench/peers/causal_learn_kernel.py build/release/bin/causal "$folder"

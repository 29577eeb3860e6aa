#!/usr/bin/env bash
# Set-up, release build, and the main job on real data: the protein-signalling measurements of Sachs et al. (2005).
# Prints the learned graph and writes sachs.html, a self-contained report to open in a browser.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh
cmake --preset release
cmake --build --preset release -j"$(nproc)"

echo
echo "\$ build/release/bin/causal discover data/sachs.csv --report sachs.html --force"
build/release/bin/causal discover data/sachs.csv --format txt --report sachs.html --force
echo
echo "The report is in $PWD/sachs.html"

#!/usr/bin/env bash
# Builds and runs all tests under the sanitizers.
#
#   tools/sanitize.sh [asan|tsan|all] [ctest options]
#
# asan is address and undefined behaviour (GCC); tsan is the thread sanitizer with clang, libomp and Archer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

which=${1:-all}
shift || true
case "$which" in
  all) presets=(asan tsan) ;;
  asan | tsan) presets=("$which") ;;
  *) echo "usage: tools/sanitize.sh [asan|tsan|all] [ctest options]" >&2; exit 2 ;;
esac

tools/setup.sh --sanitize
failed=0
for preset in "${presets[@]}"; do
  cmake --preset "$preset"
  cmake --build --preset "$preset" -j"$(nproc)"
  # The thread sanitizer of clang 14 needs a fixed address layout on kernels with wide randomisation.
  ctest_command=(ctest --preset "$preset" -j"$(nproc)" --no-tests=error --output-junit test_results.xml "$@")
  if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then ctest_command=(setarch -R "${ctest_command[@]}"); fi
  "${ctest_command[@]}" || failed=1
  echo "$preset: $(python3 tools/count_tests.py "build/$preset/test_results.xml" | tail -n 1)"
done
exit "$failed"

#!/usr/bin/env bash
# Installs the Debian packages that building needs. A fresh Debian bookworm needs nothing but git beforehand.
# Safe to repeat: when every package is there, nothing is touched and no root rights are needed.
#
#   tools/setup.sh [--bench] [--sanitize]
#
# --bench adds Google Benchmark; --sanitize adds clang 14 with its sanitizer and OpenMP runtimes (also for fuzzing).
# CAUSAL_SKIP_SETUP=1 skips the check, for systems on which the dependencies were installed in another way.
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache mold python3 graphviz ca-certificates
  libeigen3-dev libboost-graph1.81-dev libboost-math1.81-dev libfmt-dev nlohmann-json3-dev
  librandom123-dev libcli11-dev doctest-dev libceres-dev
)
for option in "$@"; do
  case "$option" in
    --bench) packages+=(libbenchmark-dev) ;;
    --sanitize) packages+=(clang-14 libclang-rt-14-dev libomp-14-dev llvm-14) ;;
    *) echo "setup: unknown option $option (known: --bench --sanitize)" >&2; exit 2 ;;
  esac
done

if [[ ${CAUSAL_SKIP_SETUP:-0} == 1 ]]; then exit 0; fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  cat >&2 <<TXT
setup: this script knows Debian only.
Install with your own package manager: a C++20 compiler with OpenMP, CMake >= 3.25, Ninja, Python 3, Eigen >= 3.4,
Boost >= 1.81 (headers), fmt, nlohmann-json, Random123, CLI11, doctest; Ceres >= 2 (for kernel widths learned from
data), ccache, mold and graphviz are optional.
Then set CAUSAL_SKIP_SETUP=1 and run the command again.
TXT
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "setup: all ${#packages[@]} packages are installed" >&2
  exit 0
fi

root=()
if [[ $(id -u) != 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: neither root nor sudo. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  root=(sudo)
fi

echo "setup: installing ${missing[*]}" >&2
apt_get() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
# A third-party repository that cannot be reached must not stop us: what counts is whether the install succeeds.
apt_get update || echo "setup: 'apt-get update' had errors, going on with the lists at hand" >&2
# --no-remove: Boost's 1.74 and 1.81 development packages exclude each other, and removing is not ours to decide.
if ! apt_get install -y --no-install-recommends --no-remove "${missing[@]}" >&2; then
  echo "setup: installing failed. Needed is Debian bookworm or newer; if libboost-dev (1.74) is installed," >&2
  echo "       remove it first: it cannot stand beside libboost1.81-dev." >&2
  exit 1
fi
echo "setup: done" >&2

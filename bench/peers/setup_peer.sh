#!/usr/bin/env bash
# Installs a Python package of a given version, and what it needs beside it, into a scratch environment and prints the
# path of its Python; nothing else is touched. Prints "peer unavailable" and exits 77 when it cannot be had.
#
#   setup_peer.sh PACKAGE VERSION [--no-deps DEPENDENCY...]
#
# With --no-deps only the dependencies named are installed: some packages ask for gigabytes that a comparison never loads.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

package=$1
version=$2
shift 2
environment=$PWD/build/peers/$package
python=$environment/bin/python
log=$environment.log
mkdir -p "$(dirname "$environment")"
installed_version() { "$python" -c "import importlib.metadata as m; print(m.version('$package'))" 2>/dev/null; }

install() {
  python3 -m venv "$environment" || return
  local pip=("$environment/bin/pip" install --quiet --no-input)
  if [[ ${1:-} == --no-deps ]]; then
    shift
    "${pip[@]}" "$@" && "${pip[@]}" --no-deps "$package==$version"
  else
    "${pip[@]}" "$package==$version"
  fi
}

if [[ $(installed_version) != "$version" ]]; then
  rm -rf "$environment"
  if ! install "$@" >"$log" 2>&1; then
    rm -rf "$environment"
    echo "peer unavailable: $package $version could not be installed, see $log" >&2
    exit 77
  fi
fi
echo "$python"

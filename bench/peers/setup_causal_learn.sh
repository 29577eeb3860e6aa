#!/usr/bin/env bash
# Installs causal-learn into a scratch environment and prints the path of its Python; nothing else is touched.
# Prints "peer unavailable" and exits 77 when it cannot be had.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

environment=$PWD/build/peers/causal-learn
version=0.1.4.8
python=$environment/bin/python
log=$environment.log
mkdir -p "$(dirname "$environment")"
installed_version() { "$python" -c 'import importlib.metadata as m; print(m.version("causal-learn"))' 2>/dev/null; }

if [[ $(installed_version) != "$version" ]]; then
  rm -rf "$environment"
  if ! { python3 -m venv "$environment" && "$environment/bin/pip" install --quiet --no-input "causal-learn==$version"; } \
      >"$log" 2>&1; then
    echo "peer unavailable: causal-learn $version could not be installed, see $log" >&2
    exit 77
  fi
fi
echo "$python"

#!/usr/bin/env bash
# Takes a picture of an HTML report with headless Chromium.
#
#   tools/screenshot.sh REPORT.html OUT.png [--dark] [--width 1200] [--height 1800]
#
# Prints "skipped" and ends with 0 where Chromium is not installed.
set -euo pipefail

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

[ $# -ge 2 ] || usage
report=$1 png=$2 width=1200 height=1800 scheme=light
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    --dark) scheme=dark; shift ;;
    --width) width=${2:?}; shift 2 ;;
    --height) height=${2:?}; shift 2 ;;
    *) usage ;;
  esac
done
[ -f "$report" ] || { echo "screenshot: no such file: $report" >&2; exit 7; }

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "skipped: Chromium is not installed (Debian: apt-get install chromium)"
  exit 0
fi

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
dark=()
[ "$scheme" = dark ] && dark=(--blink-settings=preferredColorScheme=0)
timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
  --user-data-dir="$profile" --window-size="$width,$height" "${dark[@]}" \
  --screenshot="$(realpath -m "$png")" "file://$(realpath "$report")" 2>"$profile/log" ||
  { cat "$profile/log" >&2; exit 1; }
echo "$png"

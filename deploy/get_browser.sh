#!/usr/bin/env bash
# What the widget's tests need, and only what is missing: Debian's chromium, node, and the packages of
# tests/widget/package-lock.json. Where something cannot be had this says so, and the tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$1
export PATH="$PWD/.venv/bin:$PATH"
lacking() { echo "$1 cannot be installed here: the widget's tests will be skipped. $2" >&2; exit 0; }

if ! [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
    echo "Installing Debian's chromium ..."
    if [ "$(id -u)" = 0 ]; then root=""; else root="sudo -n"; fi
    { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends chromium fonts-noto-core fonts-urw-base35; } >/dev/null ||
        lacking chromium "Install it, or name one that is there: CHROMIUM=/path/to/chromium make test"
fi
# Debian 12 has node 18, which is too old.
if [ "$(node --version 2>/dev/null | tr -dc '0-9.' | cut -d. -f1)" -lt 20 ] 2>/dev/null || ! command -v npm >/dev/null; then
    echo "Getting node ..."
    "$uv" sync --frozen --inexact --group browser --quiet || lacking node "Install version 20 or newer."
fi
cd tests/widget
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || lacking "tests/widget/package-lock.json" "Is there a network?"
    touch node_modules/.package-lock.json
fi

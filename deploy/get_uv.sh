#!/usr/bin/env bash
# Put uv into a folder of the project's own. Debian's python3 refuses a plain "pip install", and may
# come without pip and venv; then they are installed first.
set -euo pipefail
folder=$1
echo "Getting uv into $folder ..."
make_venv() { rm -rf "$folder" && python3 -m venv "$folder" 2>/dev/null && "$folder/bin/python" -m pip --version >/dev/null 2>&1; }
if ! make_venv; then
    if ! command -v apt-get >/dev/null; then
        echo "python3 has no venv module here. Install it, or install uv, and call make again." >&2
        exit 1
    fi
    echo "python3-venv is missing: installing it ..."
    if [ "$(id -u)" = 0 ]; then root=""; else root="sudo"; fi
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends python3-venv
    make_venv || { echo "python3 -m venv still fails. Install uv and call make again." >&2; exit 1; }
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.5"

#!/usr/bin/env bash
# A Chromium by the system's own means, if there is none yet.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && exit 0; done
as_root=""; [ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null; then
  $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium >/dev/null
elif command -v dnf >/dev/null; then
  $as_root dnf install -y -q chromium
elif command -v brew >/dev/null; then
  brew install --cask chromium
else
  echo "The browser tests need Chromium, and no package manager we know is here. Install Chromium, then run make test again." >&2
  exit 1
fi

#!/bin/sh
# Sees to it that there is a Chromium to test with: one on the path, one that CHROMIUM names, or Debian's package.
set -eu
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
        echo "The browser tests need Chromium: install it, or name it with CHROMIUM=/path/to/it." >&2
        exit 1
    }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
}

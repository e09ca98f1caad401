#!/bin/sh
# Builds the console into the folder $1. Does nothing where what is there was built of the same sources;
# with `--check` it only says by its exit code whether that is so.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$1
cd "$here"

sources=$(find app ../sdk/api ../sdk/control-problem.ts package.json package-lock.json tsconfig.json vite.config.ts build.sh -type f |
  LC_ALL=C sort | xargs cat | sha256sum)
[ "$(cat "$out/.built" 2>/dev/null)" = "$sources" ] && exit 0
[ "${2:-}" = --check ] && exit 1

if ! cmp -s package-lock.json node_modules/.installed; then
  # As the launcher does it: every version and hash comes from the lockfile, and no script of a package runs.
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.installed
fi
rm -rf "$out.new"
# Whoever asks, a test too: what is served is what people get.
NODE_ENV=production "${BAILIWICK_NODE:-node}" node_modules/vite/bin/vite.js build --outDir "$out.new" --logLevel warn >&2
printf '%s\n' "$sources" > "$out.new/.built"
# A program that starts in between has the plain page.
rm -rf "$out"
mv "$out.new" "$out"

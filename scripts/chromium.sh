#!/bin/sh
# Says where Chromium is, which the tests of the viewer drive; the exit code is 1 where it is not installed.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    ! command -v "$name" || exit 0
done
echo "Chromium is not installed; on Debian: apt-get install chromium" >&2
exit 1

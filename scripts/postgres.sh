#!/bin/sh
# Serves a new, private PostgreSQL database until its input ends: for the tests, and for trying out. It listens
# on a Unix socket in a new folder alone, prints the address for --db, and leaves nothing behind. PostgreSQL
# refuses to be run by root, who runs it as the user "postgres" of Debian's package. With --find it only says
# where PostgreSQL's programs are; the exit code is 1 where they are not installed.
#
#     sh scripts/postgres.sh            # Ctrl-D ends it
set -eu

bin=$(find /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin -name initdb 2>/dev/null |
    sort -V | tail -n 1)
bin=$(dirname "${bin:-$(command -v initdb || true)}")
if [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL is not installed; on Debian: apt-get install postgresql" >&2
    exit 1
fi
if [ "${1:-}" = --find ]; then
    echo "$bin"
    exit
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/schoolroom-postgres-XXXXXX")
as=
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    chown postgres "$folder"
fi
cd "$folder" # which that user may enter
stop() {
    [ ! -e "$folder/data/postmaster.pid" ] || $as "$bin/pg_ctl" stop -s -w -m fast -D "$folder/data" || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

$as "$bin/initdb" --no-sync --auth=trust --username=schoolroom --encoding=UTF8 --locale=C -D "$folder/data" \
    >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
# What it holds is not kept, so nothing is gained by waiting for the disk.
$as "$bin/pg_ctl" start -s -w -D "$folder/data" -l "$folder/data/log" \
    -o "-k '$folder' -c listen_addresses='' -c fsync=off -c max_connections=50" >"$folder/log" 2>&1 ||
    { cat "$folder/log" "$folder/data/log" >&2; exit 1; }
echo "postgresql+psycopg://schoolroom@/postgres?host=$folder"
cat >/dev/null

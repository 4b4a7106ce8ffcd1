#!/bin/sh
# As in the official image: plain arguments are haproxy's, and haproxy runs as a master with workers, in the foreground.
set -e
case "${1-}" in -*) set -- haproxy "$@" ;; esac
if [ "${1-}" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"

#!/usr/bin/dumb-init /bin/sh
# As in the official image: `agent …` gets the folders of the image, and consul runs as its own user unless
# CONSUL_DISABLE_PERM_MGMT is set.
set -e
data=${CONSUL_DATA_DIR:-/consul/data}
config=${CONSUL_CONFIG_DIR:-/consul/config}
[ -z "${CONSUL_LOCAL_CONFIG-}" ] || printf '%s\n' "$CONSUL_LOCAL_CONFIG" >"$config/local.json"

case "${1-}" in
  agent)
    shift
    set -- consul agent "-data-dir=$data" "-config-dir=$config" "$@"
    ;;
  -*) set -- consul "$@" ;;
  *) ! consul --help "${1-}" 2>&1 | grep -q "consul ${1-}" || set -- consul "$@" ;;
esac

if [ "$1" = consul ] && [ -z "${CONSUL_DISABLE_PERM_MGMT+x}" ]; then
  for folder in "$data" "$config"; do
    [ "$(stat -c %U "$folder")" = consul ] || chown consul:consul "$folder"
  done
  set -- setpriv --reuid=consul --regid=consul --clear-groups "$@"
fi
exec "$@"

#!/usr/bin/env bash
# Makes `docker`, `docker compose` and `docker buildx` answer on a bare Debian, as root; does nothing where they do.
# Prints the pid of the engine if it had to start one, for the caller to stop; everything else goes to stderr.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=$PWD/.cache
plugins=/usr/libexec/docker/cli-plugins
export DEBIAN_FRONTEND=noninteractive

main() {
  has dockerd && has docker && has mmdebstrap && has iptables && has ip || install_engine
  docker compose version >/dev/null 2>&1 || install_plugin docker-compose
  docker buildx version >/dev/null 2>&1 || install_plugin docker-buildx
  answers || started_already || start_engine
}

has() { command -v "$1" >/dev/null; }

answers() { timeout 20 docker info >/dev/null 2>&1; }

# The package may have started it: then it only needs a moment.
started_already() {
  local pid deadline=$((SECONDS + 30))
  pid=$(cat /var/run/docker.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null || return 1
  until answers; do [ "$SECONDS" -lt "$deadline" ] || return 1; sleep 0.2; done
}

install_engine() {
  # Since Debian 13 the command line tool is a package of its own.
  local packages=(docker.io iptables iproute2 mmdebstrap xz-utils ca-certificates)
  say "installing ${packages[*]}"
  quietly apt-get -qq update
  has docker || ! apt-cache show docker-cli >/dev/null 2>&1 || packages+=(docker-cli)
  quietly apt-get -qqy install --no-install-recommends -o DPkg::Lock::Timeout=120 "${packages[@]}"
}

# Debian 12 has neither as a plugin: they come from Debian 13, and only the one program is taken.
install_plugin() { # PACKAGE
  local work
  say "installing $1"
  mkdir -p "$cache" "$plugins"
  work=$(mktemp -d "$cache/plugin-XXXXXX")
  node .ci/unpack-packages.mjs trixie "$work" "$1"
  mv "$work$plugins/$1" "$plugins/"
  rm -rf "$work"
}

# By hand, because a machine for tests may forbid packages to start services.
start_engine() {
  local log=$cache/dockerd.log pid deadline=$((SECONDS + 60))
  say "starting dockerd, its log is $log"
  mkdir -p "$cache"
  setsid dockerd --storage-driver overlay2 >"$log" 2>&1 </dev/null &
  pid=$!
  until answers; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      tail -n 20 "$log" >&2
      kill "$pid" 2>/dev/null || true
      say 'dockerd does not answer'
      return 1
    fi
    sleep 0.2
  done
  favour_containers
  echo "$pid"
}

# In cgroup v1 all containers together weigh as much as one process outside: the tests and their clients would starve them.
favour_containers() {
  local group=/sys/fs/cgroup/cpu/docker
  [ -e /sys/fs/cgroup/cpu/cpu.shares ] || return 0
  mkdir -p "$group" && echo 16384 >"$group/cpu.shares" || say 'containers keep their share of the processor'
}

# The output of a command, only if it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    printf '%s\n' "$output" >&2
    return 1
  }
}

say() { echo "engine: $1" >&2; }

main

#!/usr/bin/env bash
# Builds the images that stand in for the official ones where no image can be pulled: see README.md beside it. Works as
# root on Debian, from Debian's mirror and the npm registry only; both are authenticated. When no recipe has changed, it
# ends after a second.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
context=$repo/.cache/images
downloads=$context/downloads
images=(debian:trixie node:24 haproxy:3.2 nginx:1.30 consul:1.8.7)
# Only the long form of the tests uses an older HAProxy.
[ "${MUSTER_FULL:-}" = 1 ] && images+=(haproxy:3.0)
export DOCKER_BUILDKIT=1

main() {
  recipe=$(find "$here" -type f ! -name '*.md' ! -name ci.env -print0 | sort -z | xargs -0 sha256sum | hash)
  if ! all_current; then
    mkdir -p "$downloads"
    root_file_system trixie &
    root_file_system forky &
    download &
    wait_for_all
    rm -rf "$context/init"
    cp -R "$here"/{Dockerfile,init,*-entrypoint.sh} "$context"
    build debian:trixie debian trixie &
    build haproxy:3.2 haproxy forky &
    [ "${MUSTER_FULL:-}" != 1 ] || build haproxy:3.0 haproxy trixie &
    build nginx:1.30 nginx forky &
    build node:24 node trixie &
    build consul:1.8.7 consul trixie &
    wait_for_all
  fi
  echo "stand-in images: ready after $SECONDS s"
}

all_current() {
  for name in "${images[@]}"; do has_recipe "muster-ci/$name" "$recipe" || return 1; done
}

has_recipe() { # IMAGE RECIPE
  [ "$(docker image inspect --format '{{index .Config.Labels "muster.recipe"}}' "$1" 2>/dev/null)" = "$2" ]
}

# What debian:SUITE-slim is: the essential packages and apt, without documentation and translations.
root_file_system() { # SUITE
  local suite=$1 image=muster-ci/rootfs:$1 arguments recipe
  arguments=(
    --quiet --variant=minbase
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"'
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
    --customize-hook="upload '$here/docker-clean' /etc/apt/apt.conf.d/docker-clean"
    --customize-hook='rm -f "$1"/etc/hostname "$1"/etc/resolv.conf "$1"/var/cache/apt/*.bin'
    "$suite" - "deb $(mirror) $suite main"
  )
  recipe=$(printf '%s\n' "${arguments[@]}" | hash)
  if has_recipe "$image" "$recipe"; then return; fi
  # A failure leaves an empty image, which must not pass for a current one.
  mmdebstrap "${arguments[@]}" |
    docker import --change "LABEL muster.recipe=$recipe" --change 'CMD ["bash"]' - "$image" >/dev/null || {
    docker rmi "$image" >/dev/null 2>&1 || true
    return 1
  }
  report "$image"
}

# The mirror that this machine already trusts and reaches.
mirror() {
  local site
  site=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
    sed -n 's:/debian/\? main$:/debian:p' | head -n 1)
  echo "${site:-http://deb.debian.org/debian}"
}

# npm checks what it downloads against the registry's sums, apt against Debian's signatures.
download() {
  npm_package node "node-linux-$(node -p process.arch)@24"
  npm_package npm npm@11
  [ -d "$downloads/consul" ] || {
    rm -rf "$downloads/consul.part"
    node "$repo/.ci/unpack-packages.mjs" bullseye "$downloads/consul.part" consul
    mv "$downloads/consul.part" "$downloads/consul"
  }
}

npm_package() { # FOLDER PACKAGE
  [ -d "$downloads/$1" ] && return
  local part=$downloads/$1.part
  rm -rf "$part"
  mkdir "$part"
  npm pack --loglevel=error --pack-destination "$part" "$2" >/dev/null
  tar -xzf "$part"/*.tgz -C "$part" --no-same-owner
  rm "$part"/*.tgz
  mv "$part" "$downloads/$1"
}

build() { # IMAGE TARGET SUITE
  local log=$context/${1//[:.]/-}.log
  docker build --progress=plain --build-arg "SUITE=$3" --target "$2" --label "muster.recipe=$recipe" \
    --tag "muster-ci/$1" "$context" >"$log" 2>&1 || {
    cat "$log" >&2
    return 1
  }
  report "muster-ci/$1"
}

report() { # IMAGE
  echo "$1: $(docker image inspect --format '{{.Size}}' "$1" | numfmt --to=si)B after $SECONDS s"
}

hash() { sha256sum | cut -c1-16; }

wait_for_all() {
  local pid failed=0
  for pid in $(jobs -p); do wait "$pid" || failed=1; done
  return "$failed"
}

main

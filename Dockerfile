# All images of Muster in one file, because they share most of what they are made of. Targets:
#   agent    Node, s6 and the agent: what the image of an app of your own starts FROM (docs/images.md)
#   webapp   the sample app on it
#   ha       a balancer and its watcher; --build-arg BALANCER=haproxy or =nginx says which
# `docker compose build` gives the arguments; their values and what they are for stand in .env.
ARG BALANCER=none
ARG BASE_IMAGE=debian:trixie-slim
ARG HAPROXY_IMAGE=haproxy:3.2
ARG NGINX_IMAGE=nginx:1.30
ARG NODE_IMAGE=node:24-trixie-slim
ARG S6_OVERLAY=release

# ---- where an image starts: only the one that is asked for is fetched ------------------------------------------------

FROM ${BASE_IMAGE} AS with-none
FROM ${HAPROXY_IMAGE} AS with-haproxy
FROM ${NGINX_IMAGE} AS with-nginx
FROM with-${BALANCER} AS system

# ---- s6-overlay, the init: `release` downloads it, `included` takes a base image that brings its own /init -----------

FROM ${BASE_IMAGE} AS s6-arch-amd64
ARG S6_X86_64_SHA256=e6befcc96a437a3831386ecfc51808c5d3e939dc5fe3c02ae9284599e8aa2408
ENV S6_ARCH=x86_64 S6_SHA256=${S6_X86_64_SHA256}

FROM ${BASE_IMAGE} AS s6-arch-arm64
ARG S6_AARCH64_SHA256=b17f17a82e7a515c682a91edaf2ffdabb73f891981b6c1fd712115693a2f8b4c
ENV S6_ARCH=aarch64 S6_SHA256=${S6_AARCH64_SHA256}

FROM s6-arch-${TARGETARCH} AS s6-download
USER root
ARG S6_OVERLAY_VERSION=3.2.3.2
ARG S6_OVERLAY_URL=https://github.com/just-containers/s6-overlay/releases/download/v${S6_OVERLAY_VERSION}
ARG S6_NOARCH_SHA256=5379750ed30a84bbd2e2dd74847ba6b5bd29cd0b2e3ea2ec58049b57eb2eda12
ADD ${S6_OVERLAY_URL}/s6-overlay-noarch.tar.xz ${S6_OVERLAY_URL}/s6-overlay-${S6_ARCH}.tar.xz /tmp/
RUN echo "${S6_NOARCH_SHA256}  /tmp/s6-overlay-noarch.tar.xz" | sha256sum -c - \
 && echo "${S6_SHA256}  /tmp/s6-overlay-${S6_ARCH}.tar.xz" | sha256sum -c - \
 && apt-get update && apt-get install --yes --no-install-recommends xz-utils \
 && mkdir /out \
 && tar -C /out -Jxpf /tmp/s6-overlay-noarch.tar.xz \
 && tar -C /out -Jxpf /tmp/s6-overlay-${S6_ARCH}.tar.xz

FROM system AS s6-release
USER root
COPY --from=s6-download /out/ /

FROM system AS s6-included

# ---- the code: built once, and for each image the dependencies that it needs at run time ------------------------------

FROM ${NODE_IMAGE} AS manifests
WORKDIR /opt/muster
ENV NODE_EXTRA_CA_CERTS=/run/secrets/extra_ca
COPY package.json package-lock.json .npmrc ./
COPY membership/package.json membership/
COPY ha/package.json ha/
COPY webapp/package.json webapp/
COPY cli/package.json cli/

# Git keeps no modes but the x bit: what a checkout with a strict umask copies must be readable for the images' own user.
FROM ${BASE_IMAGE} AS files
USER root
COPY membership/rootfs /agent
COPY webapp/rootfs /webapp
COPY ha/rootfs /ha
COPY ha/rootfs-haproxy /ha-haproxy
COPY ha/rootfs-nginx /ha-nginx
COPY webapp/views /views
COPY ha/templates /templates
COPY ha/lua /lua
RUN chmod -R u=rwX,go=rX /agent /webapp /ha /ha-haproxy /ha-nginx /views /templates /lua

FROM manifests AS build
RUN --mount=type=secret,id=extra_ca --mount=type=cache,target=/root/.npm npm ci --prefer-offline
COPY tsconfig.base.json ./
COPY membership membership
COPY ha ha
COPY webapp webapp
RUN node_modules/.bin/tsc --build membership ha webapp \
 && find membership/dist ha/dist webapp/dist '(' -name '*.d.ts' -o -name '*.map' -o -name .tsbuildinfo ')' -delete \
 && chmod -R u=rwX,go=rX membership/dist ha/dist webapp/dist

FROM manifests AS agent-tree
RUN --mount=type=secret,id=extra_ca --mount=type=cache,target=/root/.npm \
    npm ci --prefer-offline --omit=dev --workspace membership && rm -r ha webapp cli package-lock.json .npmrc && chmod -R go=rX .
COPY --from=build /opt/muster/membership/dist membership/dist

FROM manifests AS webapp-tree
RUN --mount=type=secret,id=extra_ca --mount=type=cache,target=/root/.npm \
    npm ci --prefer-offline --omit=dev --workspace webapp && rm -r ha membership cli package-lock.json .npmrc && chmod -R go=rX .
COPY --from=build /opt/muster/webapp/dist webapp/dist
COPY --from=files /views webapp/views

FROM manifests AS ha-tree
RUN --mount=type=secret,id=extra_ca --mount=type=cache,target=/root/.npm \
    npm ci --prefer-offline --omit=dev --workspace ha --workspace membership && rm -r webapp cli package-lock.json .npmrc && chmod -R go=rX .
COPY --from=build /opt/muster/membership/dist membership/dist
COPY --from=build /opt/muster/ha/dist ha/dist
COPY --from=files /templates ha/templates
COPY --from=files /lua ha/lua

# ---- what all images start from ----------------------------------------------------------------------------------------

FROM s6-${S6_OVERLAY} AS base
USER root
# A fixed uid, so that volumes keep their owner; no setuid file; /run for the init, which does not run as root.
RUN groupadd --gid 10001 muster \
 && useradd --uid 10001 --gid muster --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin muster \
 && find / -xdev -type f -perm /6000 -exec chmod a-s '{}' + \
 && install -d -o muster -g muster /run /var/lib/muster /etc/muster
COPY --from=manifests /usr/local/bin/node /usr/local/bin/node
COPY --from=files /agent/etc/s6-overlay/scripts/give-up /etc/s6-overlay/scripts/
# Undo what a base image may say of itself.
STOPSIGNAL SIGTERM
WORKDIR /
CMD []
ENTRYPOINT ["/init"]
# A service that does not start ends the container; nothing is left to wait for after an ordered stop.
ENV S6_BEHAVIOUR_IF_STAGE2_FAILS=2 \
    S6_CMD_WAIT_FOR_SERVICES_MAXTIME=180000 \
    S6_KILL_GRACETIME=0 \
    S6_READ_ONLY_ROOT=1 \
    S6_VERBOSITY=1 \
    NODE_ENV=production
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/etc/s6-overlay/scripts/healthcheck"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# ---- the images ---------------------------------------------------------------------------------------------------------

FROM base AS agent
COPY --from=agent-tree /opt/muster /opt/muster
COPY --from=files /agent/ /
USER 10001:10001
LABEL org.opencontainers.image.title="Muster agent" \
      org.opencontainers.image.description="Base image for an app that joins a Muster cluster"

FROM agent AS webapp
COPY --from=webapp-tree --chown=0:0 /opt/muster /app
COPY --from=files /webapp/ /
LABEL org.opencontainers.image.title="Muster webapp" \
      org.opencontainers.image.description="Sample member of a Muster cluster"

FROM base AS ha
ARG BALANCER
# Fails where the base is not one with that balancer. Nothing here needs the curl that NGINX's image brings.
RUN ${BALANCER} -v
RUN ! command -v curl || apt-get purge --quiet --yes --auto-remove curl
COPY --from=ha-tree /opt/muster /opt/muster
COPY --from=files /ha/ /ha-${BALANCER}/ /
ENV BALANCER=${BALANCER}
USER 10001:10001
LABEL org.opencontainers.image.title="Muster balancer" \
      org.opencontainers.image.description="A balancer (${BALANCER}) and the watcher that keeps it equal to the membership"

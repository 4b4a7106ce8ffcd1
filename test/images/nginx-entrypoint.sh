#!/bin/sh
# As in the official image, which first runs the scripts of /docker-entrypoint.d: here are none.
exec "$@"

#!/bin/sh
# Runs Node with these arguments in new network and mount namespaces, in which a cluster runs (room.ts). The marker is the
# one that enterNetns sets.
if [ "$(id -u)" = 0 ]; then user=; else user='--user --map-root-user'; fi
export L7MESH_INSIDE_NETNS=1
exec unshare $user --net --mount -- sh -c 'ip link set lo up && exec "$0" "$@"' "$L7MESH_NODE" "$@"

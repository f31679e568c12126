#!/bin/sh
# After `npm ci`: does the Node that came with the packages run on this machine?
#
# From version 25 on, Node's own Linux builds need libatomic, which a bare Debian or Fedora lacks. Root gets it here, where
# installing is what was asked for; others are told what to do. Nothing else of the machine is touched.

node="$(dirname "$0")/../node_modules/.bin/node"
said=$("$node" --version 2>&1) && exit 0

case "$said" in
  *libatomic*) ;;
  *)
    echo "Moraine's own Node does not run on this machine: $said" >&2
    exit 1
    ;;
esac

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Node needs libatomic, which is missing: installing Debian's libatomic1"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends libatomic1 >/dev/null
  said=$("$node" --version 2>&1) && exit 0
fi

echo "Moraine's own Node needs the library libatomic, which this machine lacks." >&2
echo "Install it (sudo apt-get install libatomic1, or sudo dnf install libatomic) and run npm ci again." >&2
echo "$said" >&2
exit 1

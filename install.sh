#!/usr/bin/env sh
# Installs the self-contained native `galley` program for this user: no .NET, no Docker. Reads the archive galley-<system>-<processor>.tar.gz
# and its .sha256 from GALLEY_SOURCE (a folder, or an address that holds releases) and puts the program into GALLEY_HOME.
#   GALLEY_SOURCE=https://example.com/releases/0.1.0 sh install.sh
set -eu
source=${GALLEY_SOURCE:?set GALLEY_SOURCE to the folder or the address that holds the archives}
home=${GALLEY_HOME:-$HOME/.local/share/galley}
bin=${GALLEY_BIN:-$HOME/.local/bin}
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) rid=linux-x64 ;; Linux-aarch64) rid=linux-arm64 ;; Darwin-arm64) rid=osx-arm64 ;; Darwin-x86_64) rid=osx-x64 ;;
  *) echo "There is no galley for $(uname -s) on $(uname -m)." >&2; exit 1 ;;
esac
name=galley-$rid.tar.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() { case "$source" in http://*|https://*|file://*) curl -fsSL "$source/$1" -o "$work/$1" ;; *) cp "$source/$1" "$work/$1" ;; esac; }
fetch "$name"
fetch "$name.sha256"
want=$(cut -d' ' -f1 "$work/$name.sha256")
have=$( (sha256sum "$work/$name" 2>/dev/null || shasum -a 256 "$work/$name") | cut -d' ' -f1)
[ "$want" = "$have" ] || { echo "$name is not what its checksum says; nothing was installed." >&2; exit 1; }
mkdir -p "$work/new" "$(dirname "$home")" "$bin"
tar -xzf "$work/$name" -C "$work/new"
"$work/new/galley" --version >/dev/null
rm -rf "$home.old"
[ ! -d "$home" ] || mv "$home" "$home.old"
mv "$work/new" "$home"
rm -rf "$home.old"
ln -sf "$home/galley" "$bin/galley"
echo "Installed $("$bin/galley" --version) as $bin/galley"
case ":$PATH:" in *":$bin:"*) ;; *) echo "Add $bin to your PATH." ;; esac

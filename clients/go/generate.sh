#!/bin/sh
# Writes gen/ from ../../proto with the plugins that go.mod names and the protoc of the tree's environment.
# `generate.sh DIR` writes there instead, for the check that gen/ is fresh.
set -eu
cd "$(dirname "$0")"
out=$(mkdir -p "${1:-.}" && cd "${1:-.}" && pwd)
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
go build -o "$plugins/" google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
rm -rf "$out/gen"
cd ../../proto
PATH="$plugins:$PATH" ../.venv/bin/python -m grpc_tools.protoc -I. -Ithird_party \
  --go_out="$out" --go_opt=module=tidings.dev/clients/go \
  --go-grpc_out="$out" --go-grpc_opt=module=tidings.dev/clients/go \
  $(find tidings -name '*.proto' | sort)

"""A gateway that is generated from the contract and built now."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.e2e.instances import ROOT

PROTO, MODULE = ROOT / "proto", Path(__file__).parent / "module"
PLUGINS = {
    "go": "google.golang.org/protobuf/cmd/protoc-gen-go",
    "go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    "grpc-gateway": "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway",
}


def built(directory: Path) -> Path:
    """The program of tests/gateway/module with the code that the contract gives."""
    target = directory / "module"
    shutil.copytree(MODULE, target)
    plugins = []
    for name, package in PLUGINS.items():
        program = directory / f"protoc-gen-{name}"
        _run("go", "build", "-o", str(program), package, directory=target)
        plugins += [f"--plugin=protoc-gen-{name}={program}", f"--{name}_out={target}"]
        plugins.append(f"--{name}_opt=module=tidings.dev/clients/go")
    includes = [f"-I{path}" for path in (PROTO, PROTO / "third_party", files("grpc_tools") / "_proto")]
    contract = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "tidings").rglob("*.proto"))
    _run(sys.executable, "-m", "grpc_tools.protoc", *includes, *plugins, *contract, directory=target)
    (target / "gateway" / "services.go").write_text(services())
    _run("go", "build", "-o", str(directory / "gateway"), "./gateway", directory=target)
    return directory / "gateway"


def services() -> str:
    """Go's list of what registers each service that has paths.

    Of two paths that match, the one that is registered later is taken: `/deliveryattempts` must come behind `/{id}`,
    which the reverse order of the services' names happens to give.
    """
    descriptors = FileDescriptorSet.FromString((ROOT / "generated/descriptors/tidings.binpb").read_bytes())
    found = {
        (file.package.split(".")[1], service.name)
        for file in descriptors.file
        for service in file.service
        if any(method.options.HasExtension(annotations_pb2.http) for method in service.method)
    }
    packages = sorted({package for package, _ in found})
    lines = ["package main", "", "import (", '"context"', '"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"']
    lines += [
        '"google.golang.org/grpc"',
        *(f'{one}v1 "tidings.dev/clients/go/gen/tidings/{one}/v1"' for one in packages),
    ]
    lines += [")", "", "var services = []func(context.Context, *runtime.ServeMux, string, []grpc.DialOption) error{"]
    lines += [f"{package}v1.Register{name}HandlerFromEndpoint," for package, name in sorted(found, reverse=True)]
    return "\n".join([*lines, "}", ""])


@contextmanager
def running(program: Path, server: str) -> Iterator[str]:
    """URL of a gateway before the server at this address of gRPC."""
    with subprocess.Popen([program, server], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = re.fullmatch(r"listening on (\d+)\n", process.stdout.readline())
            assert printed
            yield f"http://127.0.0.1:{printed[1]}"
        finally:
            process.kill()


def _run(*command: str, directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

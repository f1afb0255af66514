"""Generates everything under `generated/` that follows from the contract in `proto/tidings/`.

`python proto/gen.py` writes it; `python proto/gen.py --check` writes to a temporary directory instead, names what
differs from the tree and exits with 1 if anything does. A new generated thing is one more function in STEPS.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from edge_routes import route_table
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_reference import reference
from openapi import document

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GENERATED = ROOT / "generated"
OTHERS = frozenset({"console"})
"""What `make console` gives."""

# Error details travel inside google.protobuf.Any, so no import leads to them; Envoy needs them to print an error.
ANY_PAYLOADS = ("google/rpc/error_details.proto", "google/rpc/status.proto")


def contract_files() -> list[str]:
    """Paths of the contract's protos, relative to `proto/`: path, package and import path are the same on purpose."""
    return sorted(str(path.relative_to(PROTO)) for path in (PROTO / "tidings").rglob("*.proto"))


def protoc(*arguments: str) -> None:
    """Run protoc with the include path of the contract; a failure ends the script with its status."""
    well_known = files("grpc_tools") / "_proto"
    includes = (f"-I{PROTO}", f"-I{PROTO / 'third_party'}", f"-I{well_known}")
    done = subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *includes, *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def python_code(out: Path) -> None:
    """Messages, stubs and servicers with their types, as the import root `python/`.

    The types are those of grpc.aio alone, which server, client and tests use.
    """
    root = out / "python"
    root.mkdir(parents=True)
    plugins = (
        f"--plugin=protoc-gen-mypy={_plugin('protoc-gen-mypy')}",
        f"--plugin=protoc-gen-mypy_grpc={_plugin('protoc-gen-mypy_grpc')}",
    )
    protoc(
        *plugins,
        f"--python_out={root}",
        f"--grpc_python_out={root}",
        f"--mypy_out=quiet:{root}",
        f"--mypy_grpc_out=quiet,only_async:{root}",
        *contract_files(),
    )
    for directory in {path.parent for path in root.rglob("*.py")} | {root / "tidings"}:
        _make_packages(directory, root)
    (root / "tidings" / "py.typed").touch()


def descriptor_set(out: Path) -> None:
    """Descriptor set for Envoy's transcoder: the contract with all that it imports."""
    target = out / "descriptors" / "tidings.binpb"
    target.parent.mkdir(parents=True)
    protoc("--include_imports", f"--descriptor_set_out={target}", *contract_files(), *ANY_PAYLOADS)


def envoy_routes(out: Path) -> None:
    """Route table by which Envoy's Lua refuses paths, methods and bodies that the contract does not have."""
    descriptors = FileDescriptorSet.FromString((out / "descriptors" / "tidings.binpb").read_bytes())
    target = out / "edge" / "routes.lua"
    target.parent.mkdir()
    target.write_text(route_table(descriptors))


def references(out: Path) -> None:
    """The REST paths as an OpenAPI document, and the gRPC services as a page."""
    target, page = out / "openapi" / "tidings.json", out / "docs" / "grpc.md"
    target.parent.mkdir()
    page.parent.mkdir()
    with tempfile.TemporaryDirectory() as directory:
        commented = Path(directory) / "commented.binpb"
        protoc("--include_imports", "--include_source_info", f"--descriptor_set_out={commented}", *contract_files())
        descriptors = FileDescriptorSet.FromString(commented.read_bytes())
    target.write_text(document(descriptors, version=_version()))
    page.write_text(reference(descriptors))


# Each step writes below the directory that it is given; later steps may read what earlier ones wrote there.
STEPS: tuple[Callable[[Path], None], ...] = (python_code, descriptor_set, envoy_routes, references)


def generate(out: Path) -> None:
    """Run every step into `out`, which must be empty."""
    for step in STEPS:
        step(out)


def differences(fresh: Path, committed: Path) -> Iterator[str]:
    """One line for each file in which the trees differ; none when they are the same byte for byte."""
    names = {path.relative_to(tree) for tree in (fresh, committed) for path in _outputs(tree)}
    for name in sorted(names):
        old, new = committed / name, fresh / name
        if not old.exists() or not new.exists():
            yield f"{'stale' if old.exists() else 'missing'}: generated/{name}"
        elif old.read_bytes() != new.read_bytes():
            yield f"differs: generated/{name}"


def main() -> None:
    """Write `generated/`, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as directory:
        fresh = Path(directory)
        generate(fresh)
        if not check:
            for tree in GENERATED.iterdir() if GENERATED.exists() else ():
                if tree.name not in OTHERS:
                    shutil.rmtree(tree)
            shutil.copytree(fresh, GENERATED, dirs_exist_ok=True)
            return
        lines = list(differences(fresh, GENERATED))
    if lines:
        print(*lines, "Run `make gen` and commit what it writes.", sep="\n")
        sys.exit(1)


def _version() -> str:
    """The version of the server, from its one place."""
    found = re.search(
        r'^__version__ = "([^"]+)"', (ROOT / "server/tidings_server/__init__.py").read_text(), re.MULTILINE
    )
    if found is None:
        sys.exit("tidings_server has no __version__")
    return found[1]


def _plugin(name: str) -> Path:
    """The protoc plugin that stands beside the running interpreter, activated environment or not."""
    return Path(sys.executable).parent / name


def _make_packages(directory: Path, root: Path) -> None:
    for package in (directory, *directory.parents):
        if package == root:
            return
        (package / "__init__.py").touch()


def _outputs(tree: Path) -> Iterator[Path]:
    found = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return (path for path in found if path.relative_to(tree).parts[0] not in OTHERS)


if __name__ == "__main__":
    main()

"""The contract compiles with the compilers that people have: the oldest that is promised, Debian's, and buf.

Google's files are an include path, never an output: each language has them as a package of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.toolchain

ROOT = Path(__file__).parents[2]
PROTO = ROOT / "proto"
CONTRACT = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "tidings").rglob("*.proto"))
OLDEST = "3.15.0"
# What each language's generator that stands in protoc makes of one message, `tidings.push.v1.Subscription`.
BUILT_IN = {
    "cpp": "tidings/push/v1/subscriptions.pb.h",
    "csharp": "Push/V1/Subscriptions.cs",
    "java": "dev/tidings/push/v1/Subscription.java",
    "objc": "tidings/push/v1/Subscriptions.pbobjc.h",
    "php": "Tidings/Push/V1/Subscription.php",
    "python": "tidings/push/v1/subscriptions_pb2.py",
    "ruby": "tidings/push/v1/subscriptions_pb.rb",
}
# C# puts all files into one folder unless it is told what their namespaces begin with.
BUILT_IN_OPTIONS = {"csharp": "base_namespace=Tidings"}
LANGUAGES = pytest.mark.parametrize("language", BUILT_IN)


def run(*command: str | Path, directory: Path = ROOT, path: str = "") -> None:
    """Run a command; its output is the message where it fails."""
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiler of OLDEST, as Java builds take it."""
    directory = tmp_path_factory.mktemp("protoc")
    artifact = f"com.google.protobuf:protoc:{OLDEST}:exe:linux-x86_64"
    run("mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={directory}")
    [protoc] = directory.iterdir()
    protoc.chmod(0o755)
    return protoc


@pytest.fixture(scope="session")
def go_plugins(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of Go's two generators, at the versions that go.mod of the client names."""
    directory = tmp_path_factory.mktemp("go-plugins")
    for package in ("google.golang.org/protobuf/cmd/protoc-gen-go", "google.golang.org/grpc/cmd/protoc-gen-go-grpc"):
        run("go", "build", "-o", f"{directory}/", package, directory=ROOT / "clients/go")
    return str(directory)


def compile_with(protoc: Path | str, language: str, out: Path, *options: str) -> None:
    # Debian's well-known types stand where protoc finds them; a bare binary has none, so they are named.
    includes = (f"-I{PROTO}", f"-I{PROTO / 'third_party'}", "-I/usr/include")
    own = [f"--{language}_opt={BUILT_IN_OPTIONS[language]}"] if language in BUILT_IN_OPTIONS else []
    run(protoc, *includes, f"--{language}_out={out}", *own, *options, *CONTRACT)


@LANGUAGES
def test_debians_protoc_compiles_the_contract(language: str, tmp_path: Path) -> None:
    compile_with("protoc", language, tmp_path)
    assert (tmp_path / BUILT_IN[language]).is_file()
    assert not list(tmp_path.rglob("*google*")), "Google's files are a dependency"


@LANGUAGES
def test_the_oldest_protoc_compiles_the_contract(oldest: Path, language: str, tmp_path: Path) -> None:
    compile_with(oldest, language, tmp_path)
    assert (tmp_path / BUILT_IN[language]).is_file()


@LANGUAGES
def test_buf_compiles_the_contract(language: str, tmp_path: Path) -> None:
    plugin: dict[str, object] = {
        "protoc_builtin": language,
        "out": str(tmp_path),
        "opt": BUILT_IN_OPTIONS.get(language, []),
    }
    buf_generate({"version": "v2", "plugins": [plugin]})
    assert (tmp_path / BUILT_IN[language]).is_file()
    assert not list(tmp_path.rglob("*google*"))


def test_go_plugins_put_packages_where_their_import_paths_say(go_plugins: str, tmp_path: Path) -> None:
    module = "module=tidings.dev/clients/go"
    plugins = [f"--plugin={name}={go_plugins}/{name}" for name in ("protoc-gen-go", "protoc-gen-go-grpc")]
    compile_with(
        "protoc", "go", tmp_path, f"--go-grpc_out={tmp_path}", f"--go_opt={module}", f"--go-grpc_opt={module}", *plugins
    )
    made = {path.name for path in (tmp_path / "gen/tidings/push/v1").iterdir()}
    assert made >= {"subscriptions.pb.go", "subscriptions_grpc.pb.go"}


def test_the_go_clients_generated_code_is_fresh(tmp_path: Path) -> None:
    committed = ROOT / "clients/go/gen"
    run(ROOT / "clients/go/generate.sh", tmp_path)
    fresh = {path.relative_to(tmp_path / "gen"): path.read_bytes() for path in (tmp_path / "gen").rglob("*.go")}
    assert {path.relative_to(committed): path.read_bytes() for path in committed.rglob("*.go")} == fresh, (
        "run clients/go/generate.sh and commit what it writes"
    )


def test_managed_mode_of_buf_leaves_googles_packages_alone(go_plugins: str, tmp_path: Path) -> None:
    managed = {
        "enabled": True,
        "disable": [{"module": "buf.build/googleapis/googleapis"}],
        "override": [{"file_option": "go_package_prefix", "value": "example.test/own"}],
    }
    plugin = {"local": "protoc-gen-go", "out": str(tmp_path), "opt": "module=example.test/own"}
    buf_generate({"version": "v2", "managed": managed, "plugins": [plugin]}, path=go_plugins)
    made = (tmp_path / "tidings/push/v1/subscriptions.pb.go").read_text()
    assert '"google.golang.org/genproto/googleapis/api/annotations"' in made
    assert "example.test/own/tidings/options/v1" in made


def buf_generate(template: dict[str, object], *, path: str = "") -> None:
    """Run the buf of the environment that runs the tests on the module."""
    buf = Path(sys.executable).with_name("buf")
    run(buf, "generate", "--template", json.dumps(template), "--path", "proto/tidings", path=path)

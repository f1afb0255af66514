"""The contract compiles with compilers of five years, and names its packages in every language as the path does."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FieldOptions,
    FileDescriptorProto,
    FileDescriptorSet,
)

from tidings_server import __version__

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for file in FileDescriptorSet.FromString((ROOT / "generated/descriptors/tidings.binpb").read_bytes()).file
    if file.package.startswith("tidings.")
]
# Options of a field that protoc 3.15 knows; each later one is an unknown name there, and the file is refused.
OPTIONS_OF_3_15 = {"ctype", "packed", "jstype", "lazy", "deprecated", "weak"}
# A field with its comment: `// …` lines, then `type name = 1 [options];`.
COMMENTED_FIELD = re.compile(r"((?:^ +//.*\n)+)^ +([\w.<>, ]+ = \d+(?: \[[^;]*\])?;)", re.MULTILINE)
BEHAVIOURS = {"REQUIRED": re.compile(r"(^|\. )Required\."), "OUTPUT_ONLY": re.compile("[Ss]et by the server")}
OF_FILES = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))


def fields(messages: Iterable[DescriptorProto]) -> Iterator[FieldDescriptorProto]:
    for message in messages:
        yield from message.field
        yield from fields(message.nested_type)


@OF_FILES
def test_a_file_names_its_packages_by_its_path(file: FileDescriptorProto) -> None:
    name, options = Path(file.name), file.options
    _, area, version, _ = name.parts
    pascal = (area.capitalize(), version.upper())
    assert options.csharp_namespace == ".".join(("Tidings", *pascal))
    assert options.go_package == f"tidings.dev/clients/go/gen/tidings/{area}/{version};{area}{version}"
    assert options.java_multiple_files
    assert options.java_outer_classname == "".join(map(str.capitalize, name.stem.split("_"))) + "Proto"
    assert options.java_package == f"dev.tidings.{area}.{version}"
    assert options.php_namespace == "\\".join(("Tidings", *pascal))
    assert options.ruby_package == "::".join(("Tidings", *pascal))


@OF_FILES
def test_a_file_has_nothing_that_old_compilers_refuse(file: FileDescriptorProto) -> None:
    used = {
        option.name
        for field in fields(file.message_type)
        for option, _ in field.options.ListFields()
        if not option.is_extension
    }
    assert used <= OPTIONS_OF_3_15
    assert file.syntax == "proto3"


def test_the_clients_have_the_versions_of_the_server() -> None:
    clients = ROOT / "clients"
    assert tomllib.loads((clients / "python/pyproject.toml").read_text())["project"]["version"] == __version__
    assert json.loads((clients / "typescript/package.json").read_text())["version"] == __version__
    assert (
        f"<artifactId>tidings-client</artifactId>\n  <version>{__version__}<" in (clients / "java/pom.xml").read_text()
    )
    shown = re.findall(
        r"<artifactId>tidings-client</artifactId><version>([^<]+)<", (ROOT / "docs/clients.md").read_text()
    )
    assert shown == [__version__]


def test_lock_files_of_clients_name_no_address() -> None:
    for name in ("typescript/package-lock.json", "go/go.sum"):
        assert "://" not in re.sub(r'"(url|engines)": "[^"]*"', "", (ROOT / "clients" / name).read_text())


def test_compilers_have_learnt_options_since() -> None:
    assert {option.name for option in FieldOptions.DESCRIPTOR.fields} > OPTIONS_OF_3_15


@OF_FILES
def test_what_a_comment_says_of_a_field_its_options_say_too(file: FileDescriptorProto) -> None:
    if file.package == "tidings.options.v1":
        return  # the options themselves import none
    for comment, declared in COMMENTED_FIELD.findall((ROOT / "proto" / file.name).read_text()):
        text = re.sub(r"\s*// ?", " ", comment).strip()
        for behaviour, said in BEHAVIOURS.items():
            assert not said.search(text) or f"field_behavior) = {behaviour}" in declared, declared

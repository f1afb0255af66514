"""The certificate that both ports show, read again while they serve.

Whoever renews it (certbot, cert-manager, a secret that is mounted anew) writes several files, not all at one instant.
So what was read counts only as a whole: a chain whose key is another's, or half a file, leaves the last good one in use
and is reported in the log.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tidings_server.platform.clock import Clock

POLL_S = 2.0
CHAIN, KEY, CLIENT_CA = "TIDINGS_TLS_CERT", "TIDINGS_TLS_KEY", "TIDINGS_TLS_CLIENT_CA"
"""The settings that name the files."""

log = structlog.get_logger(__name__)


class BadCertificate(Exception):
    """The files are no certificate with its key."""


@dataclass(frozen=True, slots=True)
class Files:
    """Paths of the PEM files. With `client_ca` only clients whose certificate it has signed are accepted."""

    chain: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM: the server's certificate with those between it and a root, its private key, and who signs clients'."""

    chain: bytes
    key: bytes = field(repr=False)
    client_ca: bytes | None = None


class Certificates:
    """The certificate in use. `run` must be running for a new one to be noticed, within POLL_S."""

    def __init__(self, files: Files, clock: Clock) -> None:
        """Raises BadCertificate as `read`."""
        self._files = files
        self._clock = clock
        self._last_error = ""
        self._listeners: list[Callable[[Certificate], None]] = []
        self.current = read(files)

    def on_change(self, listener: Callable[[Certificate], None]) -> None:
        """Call `listener` with each new certificate."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Notice new files, until cancelled."""
        while True:
            await self._clock.sleep(POLL_S)
            await self.run_once()

    async def run_once(self) -> bool:
        """Whether there is a new certificate. One that cannot be used is logged, once, and changes nothing."""
        try:
            found = await asyncio.to_thread(read, self._files)
        except BadCertificate as error:
            if str(error) != self._last_error:
                log.warning("certificate.refused", reason=str(error))
            self._last_error = str(error)
            return False
        self._last_error = ""
        if found == self.current:
            return False
        self.current = found
        for listener in self._listeners:
            listener(found)
        log.info("certificate.renewed")
        return True


def read(files: Files) -> Certificate:
    """Read the files. Raises BadCertificate, which names the setting and the file."""
    found = Certificate(
        chain=_content(files.chain, CHAIN),
        key=_content(files.key, KEY),
        client_ca=_content(files.client_ca, CLIENT_CA) if files.client_ca else None,
    )
    certificates = _certificates(found.chain, f"{CHAIN}: {files.chain}")
    if found.client_ca is not None:
        _certificates(found.client_ca, f"{CLIENT_CA}: {files.client_ca}")
    if _public_key(certificates[0]) != _public_key_of(found.key, f"{KEY}: {files.key}"):
        raise BadCertificate(f"{KEY}: {files.key} is not the key of the certificate in {files.chain}")
    return found


def _content(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadCertificate(f"{setting}: {path} cannot be read: {error.strerror}") from None


def _certificates(pem: bytes, file: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadCertificate(f"{file} holds no PEM certificate") from None


def _public_key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_key_of(pem: bytes, file: str) -> bytes:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is encrypted
        raise BadCertificate(f"{file} holds no unencrypted PEM key") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

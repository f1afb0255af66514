"""Checks of what others on the network can reach, from the settings alone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from cryptography import x509

from tidings_server.doctor.findings import Finding, ok, problem, warning
from tidings_server.platform.clock import Clock, from_us
from tidings_server.platform.setting_rules import listed
from tidings_server.settings import Settings

WARN_DAYS: Final = 21
"""Days before a certificate ends from which there is a warning: a renewal that is due after 60 of 90 days is late."""
PUBLIC_CONNECTIONS: Final = 50_000


def exposure(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Findings about the network."""
    public = settings.public_hosts
    yield from _public(settings, public)
    if settings.tls_cert is not None:
        yield _certificate(settings.tls_cert, from_us(clock.now_us()))
    yield from _egress(settings, is_public=bool(public))


def _public(settings: Settings, public: list[str]) -> Iterator[Finding]:
    if not public:
        yield ok("T201", "only this machine reaches the server")
        return
    named = " and ".join(public)
    if settings.tls is None:
        yield warning(
            "T201",
            f"{named} let others reach the server, which speaks plain text: passwords can be read on the way",
            "Set TIDINGS_TLS_CERT and TIDINGS_TLS_KEY, or bind to loopback behind a proxy that speaks TLS.",
        )
    else:
        yield ok("T201", f"{named} let others reach the server, by TLS")
    if settings.demo:
        yield warning(
            "T202", f"{named} let others reach the server, which has the tenant demo", "Set TIDINGS_DEMO=false."
        )
    if settings.max_connections > PUBLIC_CONNECTIONS:
        yield warning(
            "T205",
            f"TIDINGS_MAX_CONNECTIONS is {settings.max_connections:,}: strangers may take Envoy's memory",
            f"Set it to {PUBLIC_CONNECTIONS:,} or less.",
        )


def _certificate(path: Path, now: datetime) -> Finding:
    try:
        ends = min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        return problem("T203", f"{path} holds no certificate", "Put a PEM certificate chain there.")
    days = (ends - now.astimezone(UTC)).days
    if ends <= now:
        return problem(
            "T203", f"the certificate ended on {ends:%Y-%m-%d}", f"Renew {path}; it is read again by itself."
        )
    if days < WARN_DAYS:
        return warning("T203", f"the certificate ends in {days} days, on {ends:%Y-%m-%d}", f"Renew {path}.")
    return ok("T203", f"the certificate is good until {ends:%Y-%m-%d}")


def _egress(settings: Settings, *, is_public: bool) -> Iterator[Finding]:
    networks = [ip_network(each, strict=False) for each in listed(settings.egress_allow)]
    everything = [each for each in networks if each.prefixlen == 0]
    if everything:
        yield problem(
            "T204",
            f"TIDINGS_EGRESS_ALLOW has {everything[0]}: a tenant's webhook may reach every service of your network",
            "Name the networks that webhooks have to reach, as narrow as can be.",
        )
    elif is_public and any(each.is_loopback or each.is_link_local for each in networks):
        yield warning(
            "T204",
            "TIDINGS_EGRESS_ALLOW has loopback or link-local addresses, and others reach the server: webhooks may "
            "reach what runs beside it, and a cloud's metadata service",
            "Take them out.",
        )
    else:
        yield ok("T204", f"webhooks may reach {settings.egress_allow or 'public addresses alone'}")

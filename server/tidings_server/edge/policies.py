"""Parts of Envoy's configuration that follow from settings, as JSON: TLS, headers of every answer, CORS."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tidings_server.platform.certificates import Certificate

EnvoyConfig = Mapping[str, object]

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_TLS = f"{_EXTENSIONS}.transport_sockets.tls.v3"
_CERTIFICATE, _CLIENTS = "certificate", "clients"
"""Names of Envoy's secrets, and of their files in the private directory."""

HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""Headers of every response that has not its own. Responses are data for one caller: never cached, never framed."""

HSTS = "max-age=31536000"
CORS_MAX_AGE_S = 600
GRPC_STATUS = "grpc-status, grpc-message, grpc-status-details-bin"
"""Headers of a gRPC-web answer that has no message."""


def console_policy(frame_ancestors: str = "'none'") -> str:
    """Content-Security-Policy of the console's page: its own files and the API of its own origin.

    Nothing that is written into the page runs. `frame_ancestors` are the origins whose pages may embed it.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        f" frame-ancestors {frame_ancestors}; base-uri 'none'; form-action 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )


def transport_socket(certificate: Certificate | None, directory: Path) -> EnvoyConfig:
    """Transport socket: in plain, or with TLS 1.2 or newer by the files of `secrets`."""
    if certificate is None:
        return {
            "name": "envoy.transport_sockets.raw_buffer",
            "typed_config": {"@type": f"{_EXTENSIONS}.transport_sockets.raw_buffer.v3.RawBuffer"},
        }
    common: dict[str, object] = {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_certificate_sds_secret_configs": [_source(_CERTIFICATE, directory)],
    }
    asks_clients = certificate.client_ca is not None
    if asks_clients:
        common["validation_context_sds_secret_config"] = _source(_CLIENTS, directory)
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": f"{_TLS}.DownstreamTlsContext",
            "common_tls_context": common,
            "require_client_certificate": asks_clients,
        },
    }


def secrets(certificate: Certificate) -> Mapping[str, EnvoyConfig]:
    """Contents of the files that `transport_socket` names, by their names."""
    pair = {
        "certificate_chain": {"inline_string": certificate.chain.decode()},
        "private_key": {"inline_string": certificate.key.decode()},
    }
    found = {_CERTIFICATE: {"tls_certificate": pair}}
    if certificate.client_ca is not None:
        context = {"trusted_ca": {"inline_string": certificate.client_ca.decode()}}
        found[_CLIENTS] = {"validation_context": context}
    return {
        f"{name}.json": {"resources": [{"@type": f"{_TLS}.Secret", "name": name, **secret}]}
        for name, secret in found.items()
    }


def _source(name: str, directory: Path) -> EnvoyConfig:
    source = {"path_config_source": {"path": str(directory / f"{name}.json")}, "resource_api_version": "V3"}
    return {"name": name, "sds_config": source}


def response_headers(*, has_tls: bool) -> Sequence[EnvoyConfig]:
    """Headers that are added where the response lacks them; HSTS only over HTTPS."""
    added = {**HEADERS, "strict-transport-security": HSTS} if has_tls else HEADERS
    return [
        {"header": {"key": name, "value": value}, "append_action": "ADD_IF_ABSENT"} for name, value in added.items()
    ]


def cors(origins: Sequence[str]) -> EnvoyConfig:
    """CORS policy for pages of these origins: every call of the API, without cookies."""
    if not origins:
        return {}
    policy = {
        "@type": f"{_EXTENSIONS}.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"exact": origin} for origin in origins],
        "allow_methods": "GET, POST, PUT, PATCH, DELETE",
        "allow_headers": "*, authorization",
        "expose_headers": f"etag, location, retry-after, x-request-id, {GRPC_STATUS}",
        "max_age": str(CORS_MAX_AGE_S),
        "allow_credentials": False,
    }
    return {"envoy.filters.http.cors": policy}

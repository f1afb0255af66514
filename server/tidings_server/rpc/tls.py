"""TLS of the gRPC port: the certificate in use at each handshake, so that a renewed one needs no restart."""

from typing import Any

import grpc

from tidings_server.platform.certificates import Certificate, Certificates


def credentials(certificates: Certificates) -> grpc.ServerCredentials:
    """Server credentials of TLS 1.2 or newer; mutual where clients must show a certificate."""
    shown = certificates.current

    def fetch() -> Any:  # the stubs do not know the None
        """Certificate for the next handshake; None where it has not changed. Called on gRPC's own threads."""
        nonlocal shown
        if certificates.current is shown:
            return None
        shown = certificates.current
        return _configuration(shown)

    asks_clients = shown.client_ca is not None
    return grpc.dynamic_ssl_server_credentials(_configuration(shown), fetch, require_client_authentication=asks_clients)


def _configuration(certificate: Certificate) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(certificate.key, certificate.chain)], root_certificates=certificate.client_ca
    )

"""TLS with a certificate that nobody trusts unless told to."""

import ssl
import subprocess
from pathlib import Path


def encrypt(server, folder, protocols=()):
    """Makes a server speak TLS; returns the path of the certificate that a client has to trust.

    `protocols` are those it offers in the handshake, the best one first.
    """
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:messages.test",
            "-keyout", key, "-out", certificate,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    return str(certificate)

"""Certificates: whom this machine trusts, and what was wrong with the one that came."""

from __future__ import annotations

import os
import ssl

from provider_threads.cli.checks.findings import Finding

# The library's own authorities: what is trusted here must be what its requests trust.
from provider_threads.transport.http_pool import authorities

__all__ = ["of_certificate_error", "trusted"]

_DATES = frozenset({9, 10})  # not yet valid, expired
_NAMES = frozenset({62, 63, 64})  # host name, e-mail address, IP address


def trusted() -> ssl.SSLContext | Finding:
    """The authorities that requests trust, or what is wrong with the variables that name them."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        return authorities(file, folder)
    except OSError:  # ssl.SSLError is one
        variable = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        return Finding(
            "TLS",
            "failed",
            f"what {variable} names cannot be read, or holds no certificate.",
            f"Have {variable} name a file of certificates in PEM form, or take it out of the environment.",
        )


def of_certificate_error(error: Exception) -> Finding:
    """What a handshake failed over. OpenSSL's number of the reason decides; its words stay out."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _DATES:
            message = "the certificate is not valid today."
            remedy = "Check this machine's date and clock; if they are right, the certificate has expired over there."
        elif error.verify_code in _NAMES:
            message = "the certificate belongs to another host."
            remedy = "Check base_url, and whether this network wants a login page first or stands in for the platform."
        else:
            message = "nobody whom this machine trusts vouches for the certificate."
            remedy = (
                "Where a company's proxy or a virus scanner opens TLS, set SSL_CERT_FILE to a PEM file with its "
                "authority's certificate."
            )
    elif isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        message = "what answers does not speak TLS, or none that this Python speaks."
        remedy = "Check base_url and the proxy variables: http in place of https, or another port?"
    else:
        message = f"the connection was cut off during the handshake ({type(error).__name__})."
        remedy = "A firewall or proxy may forbid this host: try another network, or ask whoever runs it."
    return Finding("TLS", "failed", message, remedy)

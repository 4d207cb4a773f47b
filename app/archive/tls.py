"""Encrypted connections: certificates are always checked."""

import ssl

from app.archive.values import ArchiveError

NONE = "no encrypted connection could be made; it may not speak TLS at this port"


def client(authority: str) -> ssl.SSLContext:
    """Return how to connect: by the system's authorities, or the one of a file (PEM)."""
    try:
        return ssl.create_default_context(cafile=authority or None)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or "is no certificate in PEM"
        raise ArchiveError(f"certificate file of the authority: {reason}") from None


def words(error: ssl.SSLError) -> str:
    """Return in words why a certificate or a handshake was refused."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not accepted ({error.verify_message}); name the certificate file "
            "of its authority in the preferences if it is your own"
        )
    return NONE

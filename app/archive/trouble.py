"""Why an archive could not be used, in plain words."""

import socket
import ssl

from pynetdicom.association import Association

from app.archive import tls
from app.settings import Archive

#: Association rejected, by source and diagnostic (PS3.8 table 9-21).
_REJECTED = {
    (1, 1): "rejected us without a reason",
    (1, 2): "does not speak the same application context",
    (1, 3): "does not know our AE title {own!r}: it has to be entered there, too",
    (1, 7): "does not answer to the AE title {called!r}",
    (3, 1): "is too busy at the moment",
    (3, 2): "has as many connections as it allows",
}
_STATUS = {
    0x0110: "it had an error of its own",
    0x0122: "it does not store or offer this kind of object",
    0x0124: "we are not allowed to",
    0xA801: "it does not know our AE title as a place to send to",
}


def of_association(link: Association, archive: Archive) -> str:
    """Return why no association came about."""
    if link.is_rejected and link.acceptor.primitive is not None:
        answer = link.acceptor.primitive
        key = (answer.result_source or 0, answer.diagnostic or 0)
        text = _REJECTED.get(key, f"rejected us (source {key[0]}, diagnostic {key[1]})")
        return text.format(own=archive.own_title, called=archive.title)
    return of_connection(archive) or (
        "took the connection but did not answer as a DICOM archive"
        + ("" if archive.tls else "; it may want TLS")
    )


def of_connection(archive: Archive) -> str:
    """Return why a connection can't be made, found out by making one; empty when it can."""
    address = (archive.host, archive.port)
    try:
        with socket.create_connection(address, timeout=archive.patience_s) as plain:
            if archive.tls:
                return _of_handshake(plain, archive)
    except OSError as error:
        return of_socket(error, archive.host, archive.port, archive.patience_s)
    return ""


def _of_handshake(plain: socket.socket, archive: Archive) -> str:
    """Return why a connection can't be encrypted; empty when it can."""
    context = tls.client(archive.authority)
    try:
        with context.wrap_socket(plain, server_hostname=archive.host):
            return ""
    except ssl.SSLError as error:
        return tls.words(error)
    except OSError:  # what does not speak TLS hangs up, or waits for ever
        return tls.NONE


def of_socket(error: OSError, host: str, port: int | None, patience_s: float) -> str:
    """Return in words why a socket could not be connected."""
    at = f"{host}:{port}" if port else host
    if isinstance(error, socket.gaierror):
        return f"no machine is named {host!r}"
    if isinstance(error, TimeoutError):
        return f"no answer from {at} within {patience_s:g} s"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens at {at}"
    return f"{at}: {error.strerror or 'the connection was lost'}"


def of_status(status: int) -> str:
    """Return a DIMSE status in words (PS3.7 annex C, PS3.4 C.4)."""
    if status in _STATUS:
        return _STATUS[status]
    if 0xA700 <= status <= 0xA7FF:
        return "it is out of resources"
    if 0xA900 <= status <= 0xA9FF:
        return "the object does not match what it says it is"
    if 0xC000 <= status <= 0xCFFF:
        return "it could not process it, or has no such thing"
    return f"status {status:04X}"

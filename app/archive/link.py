"""The way to an archive: what can be asked of one, whichever way it speaks."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from app.archive.values import Cancelled, FoundExam, Query, Report, Retrieved, Sent
from app.settings import Archive

_DICOM = re.compile(r"dicoms?://([^/@:\s]+|\[[0-9a-fA-F:]+\]):(\d{1,5})/([^/]{1,16})")


def nothing(_done: int, _total: int) -> None:
    """Report to nobody."""


def never() -> bool:
    """Go on to the end."""
    return False


class Link(Protocol):
    """What an archive can be asked; every method raises ArchiveError in one plain sentence."""

    def echo(self) -> float:
        """Return the seconds until the archive answered."""
        ...

    def find(self, query: Query, cancelled: Cancelled = never) -> tuple[list[FoundExam], bool]:
        """Return the exams that match, newest first, and whether there are more than asked for."""
        ...

    def get(
        self, uid: str, home: Path, report: Report = nothing, cancelled: Cancelled = never
    ) -> Retrieved:
        """Retrieve an exam into a new folder under `home`; what arrived whole stays."""
        ...

    def send(
        self, files: Sequence[Path], report: Report = nothing, cancelled: Cancelled = never
    ) -> Sent:
        """Store DICOM files in the archive, each on its own."""
        ...


def connect(archive: Archive, *, name: str = "", password: str = "") -> Link:
    """Return the way to an archive; nothing is sent yet. ImportError without the extra `net`."""
    called = name or archive.url or archive.host
    try:
        if archive.kind == "DICOMweb":
            from app.archive.web import Web

            return Web(archive, called, password or archive.password)
        from app.archive.dimse import Dimse

        return Dimse(archive, called)
    except ModuleNotFoundError as error:
        raise ImportError(
            f'archives need the extra "net" ({error.name} is missing): '
            'python -m pip install "mammoscope[net]"'
        ) from None


def named(text: str, known: Mapping[str, Archive]) -> tuple[str, Archive]:
    """Return the archive of a name in the settings, or one written out.

    Written out, it is dicom://HOST:PORT/AE-TITLE (dicoms:// with TLS) or the http(s):// root of a
    DICOMweb service. ValueError when it is neither.
    """
    if text in known:
        return text, known[text]
    if text.startswith(("http://", "https://")):
        parts = urlsplit(text)
        user, at = parts.username or "", parts.netloc.rpartition("@")[2]
        if not at or parts.password:
            raise ValueError("URL: HTTP://HOST/ROOT is expected, and no password in it")
        return at, Archive(kind="DICOMweb", url=parts._replace(netloc=at).geturl(), user=user)
    if (match := _DICOM.fullmatch(text)) is not None and 0 < int(match[2]) < 65536:
        host, tls = match[1].strip("[]"), text.startswith("dicoms:")
        return host, Archive(host=host, port=int(match[2]), title=match[3], tls=tls)
    have = ", ".join(sorted(known)) or "none"
    raise ValueError(
        f"archive {text!r}: is not in the settings (they have: {have}); "
        "or write dicom://HOST:PORT/AE-TITLE or the URL of a DICOMweb service"
    )

"""Files on their way to an archive: what they are, and unpacked where an archive wants them so."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from app.archive.values import ArchiveError, Sent
from app.dicom.read import Unreadable, read, sendable


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A DICOM file that can be sent: SOP class and transfer syntax as it states them."""

    path: Path
    kind: str
    wrapping: str


def outgoing(files: Sequence[Path], sent: Sent) -> list[Outgoing]:
    """Return the files that can be sent; the others go to `sent.refused` with the reason."""
    ready = []
    for path in files:
        try:
            ready.append(_outgoing(path))
        except OSError as error:
            sent.refused.append((path.name, f"can't be read: {error.strerror}"))
        except ArchiveError as error:
            sent.refused.append((path.name, str(error)))
    return ready


def _outgoing(path: Path) -> Outgoing:
    path.stat()
    try:
        kind, wrapping = sendable(str(path))
    except Unreadable:
        raise ArchiveError("is no DICOM file; only those can be sent") from None
    if not kind or not wrapping:
        raise ArchiveError("does not say what it is (SOP Class or Transfer Syntax are missing)")
    return Outgoing(path=path, kind=kind, wrapping=wrapping)


def unpacked(file: Outgoing) -> Dataset:
    """Return the dataset with its pixels uncompressed; ArchiveError when they can't be.

    They have to decode in the process that opens files before they do here.
    """
    try:
        read(str(file.path))
        dataset = pydicom.dcmread(file.path)
        syntax = dataset.file_meta.TransferSyntaxUID
        if syntax.is_compressed and "PixelData" in dataset:
            dataset.decompress(generate_instance_uid=False)
    except Exception:
        raise ArchiveError(
            "the archive does not take its compression, and it can't be unpacked"
        ) from None
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset

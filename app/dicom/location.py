"""Where an image is: a file, or a member of a ZIP archive written "archive.zip!member"."""

import io
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

MARK = "!"
_MEMBER = re.compile(r"(.*?\.zip)!(.+)", re.IGNORECASE | re.DOTALL)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
MAX_BYTES = 2**30  #: of one image, packed or not
MAX_RATIO = 500  #: of unpacked to packed size; mammograms with large air reach about 100


class Unreadable(ValueError):
    """An image that can't be shown; its text is one plain sentence for the user."""


class NoImage(Unreadable):
    """A DICOM object other than an image; it may hold marks for images."""


def split(location: str) -> tuple[Path, str | None]:
    """Return the file of a location and, for a member of an archive, the member's name."""
    try:
        if Path(location).is_file():
            return Path(location), None
    except OSError:  # a name longer than any file's
        pass
    if member := _MEMBER.fullmatch(location):
        return Path(member[1]), member[2]
    return Path(location), None


def name_of(location: str) -> str:
    """Return the base name of a location, which is what messages call it."""
    path, member = split(location)
    return path.name if member is None else PurePosixPath(member).name


def folder_of(location: str) -> str:
    """Return the folder of a location; two images with the same one lie beside each other."""
    path, member = split(location)
    return str(path.parent) if member is None else f"{path}{MARK}{PurePosixPath(member).parent}"


def read_bytes(location: str) -> bytes:
    """Return the contents of a location; Unreadable when missing, too large or a ZIP bomb."""
    path, member = split(location)
    name = name_of(location)
    try:
        if member is None:
            if path.stat().st_size > MAX_BYTES:
                raise Unreadable(f"{name}: larger than 1 GiB, which no mammogram is")
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo(member)
            if entry.flag_bits & 1:
                raise Unreadable(f"{name}: encrypted in its archive; unpack it first")
            too_large = entry.file_size > MAX_BYTES
            if too_large or entry.file_size > MAX_RATIO * max(entry.compress_size, 1) + 2**20:
                raise Unreadable(f"{name}: unpacks to far more than its archive holds, not opened")
            with archive.open(entry) as file:
                return file.read(MAX_BYTES)
    except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "its archive is damaged"
        raise Unreadable(f"{name}: can't be read: {reason}") from error


def opened(location: str) -> io.BytesIO | Path:
    """Return what pydicom and Pillow can open: the path itself, or the member's bytes."""
    path, member = split(location)
    if member is None:
        read_size_check(path)
        return path
    return io.BytesIO(read_bytes(location))


def read_size_check(path: Path) -> None:
    """Raise Unreadable for a file that is missing, empty, no file, or too large."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"{path.name}: can't be read: {error.strerror}") from error
    if not path.is_file():
        raise Unreadable(f"{path.name}: is not a file")
    if size == 0:
        raise Unreadable(f"{path.name}: is empty")
    if size > MAX_BYTES:
        raise Unreadable(f"{path.name}: larger than 1 GiB, which no mammogram is")


def check_deflated(location: str) -> None:
    """Raise Unreadable for a Deflated DICOM file that inflates to far more than it holds.

    The parser inflates such a file in one go, whatever its size: it is measured first, in steps.
    """
    source = opened(location)
    with source.open("rb") if isinstance(source, Path) else source as file:
        start = file.read(2**16)
        if _DEFLATED not in start:
            return
        file.seek(_meta_end(start))
        inflate, packed, unpacked = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0
        while block := file.read(2**16):
            packed += len(block)
            while block:
                unpacked += len(inflate.decompress(block, 2**22))
                block = inflate.unconsumed_tail
                if unpacked > min(MAX_BYTES, MAX_RATIO * packed + 2**20):
                    raise Unreadable(f"{name_of(location)}: unpacks to far more than it holds")


def _meta_end(start: bytes) -> int:
    """Return where the file meta information (group 0002, PS3.10 7.1) of a DICOM file ends."""
    at = 132
    while start[at : at + 2] == b"\x02\0":
        if start[at + 4 : at + 6] in (b"OB", b"OW", b"UN", b"UT"):
            at += 12 + int.from_bytes(start[at + 8 : at + 12], "little")
        else:
            at += 8 + int.from_bytes(start[at + 6 : at + 8], "little")
    return at

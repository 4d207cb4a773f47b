"""Where an image is: a file, or a member of a ZIP archive written "archive.zip!member"."""

import io
import zipfile
from pathlib import Path, PurePosixPath

MARK = "!"
MAX_BYTES = 2**30  #: of one image, packed or not
MAX_RATIO = 500  #: of unpacked to packed size; mammograms with large air reach about 100


class Unreadable(ValueError):
    """An image that can't be shown; its text is one plain sentence for the user."""


def split(location: str) -> tuple[Path, str | None]:
    """Return the file of a location and, for a member of an archive, the member's name."""
    if Path(location).is_file():
        return Path(location), None
    head, found, member = location.partition(f".zip{MARK}")
    if found:
        return Path(head + ".zip"), member
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

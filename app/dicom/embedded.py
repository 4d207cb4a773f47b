"""Where exported pictures, films and sheets keep the recipe, and how to get it out again."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PIL import Image, PdfParser, TiffImagePlugin

from app.dicom.location import opened

PNG_RECIPE = "mammoscope_recipe"
TIFF_TEXT = TiffImagePlugin.IMAGEDESCRIPTION
BOX_ID = bytes.fromhex("6d616d6d6f73636f70658072656369d0")  #: of the box in an MP4
MAX_BYTES = 64 * 2**20  #: of a recipe, a JSON file or a PDF that is looked through


def knows(location: str) -> bool:
    """Say whether this module looks into a file, by its ending; all others are taken for DICOM."""
    return Path(location).suffix.lower() in _FIND


def recipe_text(location: str) -> str | None:
    """Return the recipe or recipes in a file that `knows` knows, as JSON; None when there is none.

    Whatever a damaged file makes the parsers raise comes through.
    """
    place = opened(location)
    find = _FIND[Path(location).suffix.lower()]
    if isinstance(place, io.BytesIO):
        return find(place)
    with place.open("rb") as file:
        return find(file)


def recipe_of_picture(image: Image.Image) -> str | None:
    """Return the recipe in an opened PNG, TIFF or GIF; None when it holds none."""
    if (text := getattr(image, "text", {}).get(PNG_RECIPE)) is not None:
        return str(text)
    comment = image.info.get("comment", b"")
    words = getattr(image, "tag_v2", {}).get(TIFF_TEXT, "")
    if isinstance(comment, bytes) and not words:
        words = comment.decode("utf-8", "replace")
    _, _, text = str(words).partition("\n")
    return text if _is_recipe(text) else None


def _picture(file: BinaryIO) -> str | None:
    with Image.open(file) as image:
        return recipe_of_picture(image)


def _pdf(file: BinaryIO) -> str | None:
    try:
        with PdfParser.PdfParser(buf=bytearray(file.read(MAX_BYTES))) as parsed:
            words = dict(parsed.info or {}).get(b"Keywords")
    except (PdfParser.PdfFormatError, ValueError, KeyError, TypeError, IndexError):
        return None  # a PDF of others, which Pillow need not understand
    text = PdfParser.decode_text(words) if isinstance(words, bytes) else ""
    return text if _is_recipe(text) else None


def _mp4(file: BinaryIO) -> str | None:
    """Look for our box among the outermost ones (ISO/IEC 14496-12, 4.2): size, type, content."""
    while (content := _next_box(file)) is not None:
        if content:
            return content.decode("utf-8")
    return None


def _next_box(file: BinaryIO) -> bytes | None:
    """Return the content of our box, nothing of any other, None at the end; moves past it."""
    start = file.tell()
    head = file.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head[:4], "big")
    if size == 1:
        size = int.from_bytes(file.read(8), "big")
    if size < 8:
        return None
    ours = head[4:] == b"uuid" and size <= MAX_BYTES and file.read(16) == BOX_ID
    content = file.read(size - 24) if ours else b""
    file.seek(start + size)
    return content


def _json(file: BinaryIO) -> str | None:
    text = file.read(MAX_BYTES).decode("utf-8")
    return text if _is_recipe(text) else None


def _is_recipe(text: str) -> bool:
    return text.lstrip().startswith("{") and "mammoscope_re" in text


_FIND: dict[str, Callable[[BinaryIO], str | None]] = {
    ".png": _picture,
    ".tif": _picture,
    ".tiff": _picture,
    ".gif": _picture,
    ".jpg": _picture,
    ".jpeg": _picture,
    ".pdf": _pdf,
    ".mp4": _mp4,
    ".json": _json,
}

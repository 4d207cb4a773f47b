"""PNG, JPEG and TIFF, with the facts a `manifest.csv` beside them states."""

import csv
import io
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from app.core.display import Encoding, Window
from app.core.geometry import standard_orientation
from app.core.mammogram import Facts, Side, Source, SpacingBasis, Stored
from app.dicom.codes import SIDES, VIEWS, side_and_view, stem_without_view
from app.dicom.embedded import recipe_of_picture
from app.dicom.location import MARK, Unreadable, name_of, opened, read_bytes, split

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
MANIFEST = "manifest.csv"
MAX_PIXELS = 2**28
NARROWEST = 64  #: times as long as wide
_MODES = {"L": 8, "P": 8, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 16, "RGB": 8, "1": 8}
#: What is decoded to other values than grey; the colours of a palette may all be grey.
_PLAIN = {"1": "L", "P": "RGB"}

Row = Mapping[str, str]


def manifest(folder: str) -> Mapping[str, Row]:
    """Return the rows of a folder's manifest.csv by file name; empty when there is none.

    `folder` is as `app.dicom.location.folder_of` gives it. Unreadable when it can't be parsed.
    """
    beside = f"{folder}/{MANIFEST}"
    if MARK in folder:
        inner = PurePosixPath(folder.partition(MARK)[2]) / MANIFEST
        beside = f"{folder.partition(MARK)[0]}{MARK}{inner}"
    if not _exists(beside):
        return {}
    return _rows(beside, split(beside)[0].stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _rows(beside: str, _changed_at: int) -> Mapping[str, Row]:
    try:
        rows = list(csv.DictReader(io.StringIO(read_bytes(beside).decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{MANIFEST}: is not UTF-8 text with comma-separated columns") from error
    if rows and "file" not in rows[0]:
        raise Unreadable(f"{MANIFEST}: has no column 'file'")
    return {str(row["file"]): {k: v or "" for k, v in row.items() if k} for row in rows}


def is_raster(location: str) -> bool:
    """Say whether a location is read as PNG, JPEG or TIFF, by its ending."""
    return location.lower().endswith(SUFFIXES)


def _exists(location: str) -> bool:
    path, member = split(location)
    if member is None:
        return path.is_file()
    try:
        with zipfile.ZipFile(path) as archive:
            return member in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _open(location: str) -> Image.Image:
    name = name_of(location)
    try:
        image = Image.open(opened(location))
    except Unreadable:
        raise
    except Exception as error:  # Pillow raises nearly anything for damaged TIFF tags
        raise Unreadable(f"{name}: is not a picture that can be read") from error
    reason, frames = "", getattr(image, "n_frames", 1)
    if image.mode not in _MODES:
        reason = f"is a picture of mode {image.mode}; 8 or 16-bit grey is read"
    elif image.width * image.height > MAX_PIXELS:
        reason = f"has {image.width}x{image.height} pixels, more than is read"
    elif max(image.size) > NARROWEST * min(image.size):
        reason = f"is {image.width}x{image.height} pixels, which no mammogram is"
    elif frames > 1:
        reason = f"holds {frames} pictures; files with one picture are read"
    if reason:
        image.close()
        raise Unreadable(f"{name}: {reason}")
    return image


def _stated(row: Row, name: str) -> tuple[Side | None, str | None]:
    side, view = row.get("laterality", "").upper(), row.get("view", "").upper()
    if side not in ("", "R", "L"):
        raise Unreadable(
            f"{name}: {MANIFEST} gives laterality {side!r}; R, L or nothing is allowed"
        )
    if view and view not in VIEWS:
        raise Unreadable(f"{name}: {MANIFEST} gives view {view!r}; allowed are {', '.join(VIEWS)}")
    return SIDES.get(side), view or None


def facts_of(location: str, folder: str) -> Facts:
    """Return what manifest, file name and picture header say; Unreadable when it is no picture."""
    name = name_of(location)
    with _open(location) as image:
        columns, rows = image.size
        embedded = recipe_of_picture(image) is not None
    row = manifest(folder).get(name, {})
    side, view = _stated(row, name)
    inferred: dict[str, str] = {}
    by_name = side_and_view(name.rsplit(".", 1)[0])
    if side is None and by_name[0] is not None:
        side, inferred["side"] = by_name[0], "from words in the file name; no laterality is stated"
    if view is None and by_name[1] is not None:
        view, inferred["view"] = by_name[1], "from words in the file name; no view is stated"
    exam = row.get("patient_id") or name
    date = "".join(filter(str.isdigit, row.get("date", "")))[:8]
    if row and date:
        exam = f"{exam}/{date}"
    if None not in by_name and not row:
        exam = stem_without_view(name.rsplit(".", 1)[0])
        inferred["exam"] = "from the file name, which names side and view of each image"
    source = row.get("source", "").lower()
    synthetic = embedded or "synthetic" in source or "simulated" in source
    spacing = _spacing(row)
    words = {
        k: row[k] for k in ("source", "density", "pathology", "notes", "licence") if row.get(k)
    }
    return Facts(
        file=location,
        rows=rows,
        columns=columns,
        side=side,
        view=view,
        source=Source.SYNTHETIC if synthetic else Source.REAL,
        # Our own exports hang as the standard wants; only the letters that matter are given.
        orientation=standard_orientation(side, view) if embedded and side else None,
        spacing_mm=spacing,
        spacing_basis=SpacingBasis.DECLARED if spacing else SpacingBasis.NONE,
        exam=f"{folder}/{exam}",
        date=date,
        patient=row.get("patient_id", ""),
        overlay=words,
        inferred=inferred,
    )


def _spacing(row: Row) -> tuple[float, float] | None:
    try:
        value = float(row.get("pixel_spacing_mm", ""))
    except ValueError:
        return None
    return (value, value) if 0 < value < 100 else None


def pixels_of(location: str) -> tuple[Stored, Encoding]:
    """Return the picture's values as uint16 and their encoding, air left to be found."""
    name = name_of(location)
    with _open(location) as image:
        bits = _MODES[image.mode]
        try:
            array = np.asarray(image.convert(_PLAIN.get(image.mode, image.mode)))
        except (OSError, SyntaxError, ValueError) as error:
            raise Unreadable(f"{name}: is damaged: the picture ends too early") from error
    if array.ndim == 3:
        if (array != array[..., :1]).any():
            raise Unreadable(f"{name}: is in colour; grey images are read")
        array = array[..., 0]
    if array.min() < 0 or array.max() > 65535:
        raise Unreadable(f"{name}: holds values beyond 0 to 65535")
    full = Window(center=2 ** (bits - 1), width=2**bits, name="full range")
    # 16-bit pictures rarely use their whole range: then a window from the pixels serves better.
    return array.astype(np.uint16), Encoding(bits=bits, vois=(full,) if bits == 8 else ())

"""What of a file could mislead whoever looks at the picture, in a few words each.

A function looks at one thing; add yours to the tuple at the end.
"""

from collections.abc import Callable

import numpy as np
from pydicom.dataset import Dataset

from app.core.display import Encoding
from app.core.mammogram import Stored
from app.dicom.codes import SIDES, VIEW_CODES, VIEWS
from app.dicom.elements import number, pair, text, value_of, word

#: A rescale beyond these can't be meant: it is left out.
SLOPES, INTERCEPT = (1e-6, 1e6), 1e7
HIDDEN = 0.98  #: share of the picture that padding may cover


def polarity(dataset: Dataset) -> str:
    """Presentation LUT Shape against Photometric Interpretation (PS3.3 C.8.11.7)."""
    shape = text(dataset, "PresentationLUTShape").upper()
    kind = word(dataset, "PhotometricInterpretation")
    expected = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}.get(kind)
    if shape in ("IDENTITY", "INVERSE") and expected and shape != expected:
        return f"polarity stated twice: {kind} and {shape}; shown as {shape}"
    return ""


def window(dataset: Dataset) -> str:
    """Windows that are none."""
    centers, widths = (several(dataset, k) for k in ("WindowCenter", "WindowWidth"))
    function = text(dataset, "VOILUTFunction").upper()
    least = 1.0 if function in ("", "LINEAR") else 0.0
    wrong = len(centers) != len(widths) or None in centers
    if wrong or any(w is None or w < least or w == 0 for w in widths):
        return "a window of the file is none; another is used"
    if function not in ("", "LINEAR", "LINEAR_EXACT", "SIGMOID"):
        return "the file names an unknown window function; shown as linear"
    return ""


def several(dataset: Dataset, keyword: str) -> list[float | None]:
    """Return the values of an element, None for one that is no finite number."""
    value = value_of(dataset, keyword)
    if value is None or value == "":
        return []
    many = value if not isinstance(value, str | float | int) else [value]
    found: list[float | None] = []
    for one in many:
        try:
            found.append(float(one) if abs(float(one)) < 1e15 else None)
        except (TypeError, ValueError):
            found.append(None)
    return found


def rescale(dataset: Dataset) -> str:
    """Rescale that can't be meant."""
    given = [value_of(dataset, k) for k in ("RescaleSlope", "RescaleIntercept")]
    if any(value not in (None, "") for value in given) and usable_rescale(dataset) is None:
        return "the rescale of the file is impossible; values are shown as stored"
    return ""


def usable_rescale(dataset: Dataset) -> tuple[float, float] | None:
    """Return slope and intercept, None when one of them can't be meant."""
    found = []
    for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)):
        value = value_of(dataset, keyword)
        one = default if value is None or value == "" else number(dataset, keyword)
        if one is None:
            return None
        found.append(one)
    slope, intercept = found
    if not SLOPES[0] <= abs(slope) <= SLOPES[1] or abs(intercept) > INTERCEPT:
        return None
    return slope, intercept


def spacing(dataset: Dataset) -> str:
    """Spacings that are none."""
    for keyword in ("ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing"):
        if value_of(dataset, keyword) not in (None, "") and pair(dataset, keyword) is None:
            return "a pixel spacing of the file is impossible; it is not used for lengths"
    return ""


def side(dataset: Dataset) -> str:
    """Image Laterality against Laterality of the series, or more than one side."""
    image, series = (text(dataset, k).upper() for k in ("ImageLaterality", "Laterality"))
    sides = {SIDES[word] for word in (image, series) if word in SIDES}
    if len(sides) > 1:
        return f"side stated twice: {image} for the image, {series} for the series"
    return ""


def view(dataset: Dataset) -> str:
    """View Code Sequence against View Position."""
    items = value_of(dataset, "ViewCodeSequence") or []
    coded = {VIEW_CODES.get(text(item, "CodeValue")) for item in items} - {None}
    stated = text(dataset, "ViewPosition").upper()
    if stated in VIEWS and coded and stated not in coded:
        return f"view stated twice: {sorted(str(c) for c in coded)[0]} by code, {stated} in words"
    return ""


def bits(dataset: Dataset) -> str:
    """Bits that are not where they are expected."""
    high, stored = number(dataset, "HighBit"), number(dataset, "BitsStored")
    if high is not None and stored is not None and high != stored - 1:
        return f"high bit {high:g} for {stored:g} bits stored: values may be wrong"
    if value_of(dataset, "PixelRepresentation") in (None, ""):
        return "the file does not say whether values are signed; taken as unsigned"
    return ""


def frames(dataset: Dataset) -> str:
    """No frames at all."""
    if text(dataset, "NumberOfFrames") == "0":
        return "the file states no frames; its pixels are shown as one"
    return ""


_HEADER: tuple[Callable[[Dataset], str], ...] = (
    polarity, window, rescale, spacing, side, view, bits, frames,
)  # fmt: skip


def of_header(dataset: Dataset) -> tuple[str, ...]:
    """Return what the header of an image makes one say."""
    return tuple(said for look in _HEADER if (said := look(dataset)))


def of_picture(stored: Stored, encoding: Encoding) -> tuple[str, ...]:
    """Return what the pixels, shape (rows, columns), make one say."""
    sample = stored[:: max(1, stored.shape[0] // 512), :: max(1, stored.shape[1] // 512)]
    low, high = int(sample.min()), int(sample.max())
    if low == high and int(stored.min()) == int(stored.max()):
        return ("no contrast: all pixels are alike",)
    air = encoding.air
    if air is not None and float(np.mean((sample >= air[0]) & (sample <= air[1]))) > HIDDEN:
        return ("nearly all pixels count as padding and are black",)
    return ()

"""From a DICOM dataset with pixels to stored values and how they become grey."""

import warnings

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from app.core.display import Curve, Encoding, Voi, VoiTable, Window
from app.core.mammogram import Stored
from app.dicom.header import number, text
from app.dicom.location import Unreadable

#: Measured fastest that is not GPL; everything else is pydicom's own choice.
_PLUGINS = {
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEGLossless: "gdcm",
    JPEGLosslessSV1: "gdcm",
}
_CURVES = {"": Curve.LINEAR, **{curve.value.upper(): curve for curve in Curve}}
MAX_PIXELS = 2**28


def decode(dataset: Dataset, name: str) -> tuple[Stored, int, int]:
    """Return pixels (rows, columns) as uint16, the offset to stored values, and the bits held.

    Signed values are shifted up by half the range; the offset, below 0, undoes it. Bits above Bits
    Stored, where old files keep overlays, are masked away. Unreadable says what can't be decoded.
    """
    bits = int(number(dataset, "BitsStored") or 0)
    allocated = int(number(dataset, "BitsAllocated") or 0)
    if not 8 <= bits <= 16 or allocated not in (8, 16):
        raise Unreadable(f"{name}: {bits} bits stored in {allocated}; 8 to 16 in 8 or 16 are read")
    size = int(dataset.Rows) * int(dataset.Columns)
    if size > MAX_PIXELS:
        raise Unreadable(f"{name}: states {size:,} pixels, more than any mammogram has")
    if "PixelData" not in dataset:
        raise Unreadable(f"{name}: holds no pixels (Pixel Data is missing)")
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        raise Unreadable(f"{name}: does not state how its pixels are encoded (Transfer Syntax)")
    plugin = _PLUGINS.get(syntax, "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # decoders warn of padding; the shape is checked below
            array = pixel_array(
                dataset, raw=True, decoding_plugin=plugin, correct_unused_bits=False
            )
    except (KeyboardInterrupt, SystemExit):
        raise
    # Decoders raise whatever their libraries make of a bad stream; a panic in Rust is no Exception.
    except BaseException as error:
        raise Unreadable(f"{name}: pixels can't be decoded as {syntax.name}") from error
    return (*_unsigned(_grey(array, name), dataset, bits, name), bits)


def _grey(array: NDArray[np.generic], name: str) -> NDArray[np.integer]:
    if array.ndim == 3 and array.shape[-1] == 3:
        if not ((array == array[..., :1]).all()):
            raise Unreadable(f"{name}: is in colour; grey images are read")
        array = array[..., 0]
    if array.ndim != 2:
        raise Unreadable(f"{name}: pixels of shape {array.shape}; rows and columns are needed")
    return np.asarray(array)


def _unsigned(
    array: NDArray[np.integer], dataset: Dataset, bits: int, name: str
) -> tuple[Stored, int]:
    if array.shape != (int(dataset.Rows), int(dataset.Columns)):
        raise Unreadable(f"{name}: decodes to {array.shape}, not to Rows and Columns as stated")
    shift = max(0, int(number(dataset, "HighBit") or bits - 1) + 1 - bits)
    mask = (1 << bits) - 1
    values = (array.astype(np.int32) >> shift) & mask
    if number(dataset, "PixelRepresentation") == 1:
        half = 1 << (bits - 1)
        values = values ^ half  # two's complement to offset binary
        return values.astype(np.uint16), -half
    return values.astype(np.uint16), 0


def encoding_of(dataset: Dataset, bits: int, offset: int, name: str) -> Encoding:
    """Return the encoding of a decoded dataset, air left to be found in the pixels."""
    shape = text(dataset, "PresentationLUTShape").upper()
    polarity = text(dataset, "PhotometricInterpretation").upper()
    if polarity not in ("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422"):
        raise Unreadable(
            f"{name}: is {polarity or 'of no stated polarity'}; MONOCHROME1 or 2 is read"
        )
    # For presentation, the shape decides; the two agree in every file that is correct.
    inverse = shape == "INVERSE" if shape in ("IDENTITY", "INVERSE") else polarity == "MONOCHROME1"
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    return Encoding(
        bits=bits,
        offset=offset,
        slope=slope if slope else 1.0,
        intercept=intercept or 0.0,
        inverse=inverse,
        vois=tuple(_windows(dataset)) + tuple(_tables(dataset, offset < 0)),
        air=_padding(dataset, offset),
    )


def _values(dataset: Dataset, keyword: str) -> list[float]:
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    several = (
        value
        if not isinstance(value, str | float | int) and hasattr(value, "__iter__")
        else [value]
    )
    return [float(v) for v in several]


def _windows(dataset: Dataset) -> list[Voi]:
    curve = _CURVES.get(text(dataset, "VOILUTFunction").upper(), Curve.LINEAR)
    names = text(dataset, "WindowCenterWidthExplanation").split("\\")
    try:
        pairs = zip(_values(dataset, "WindowCenter"), _values(dataset, "WindowWidth"), strict=False)
        windows: list[Voi] = []
        for index, (center, width) in enumerate(pairs):
            name = names[index] if index < len(names) and names[index] else f"window {index + 1}"
            windows.append(Window(center=center, width=width, curve=curve, name=name))
    except (TypeError, ValueError):
        return []  # a window that is no window is as good as none: a robust one takes its place
    return windows


def _tables(dataset: Dataset, signed: bool) -> list[Voi]:
    tables: list[Voi] = []
    for index, item in enumerate(dataset.get("VOILUTSequence") or []):
        try:
            entries, first, bits = (int(v) for v in item.LUTDescriptor)
            data = item.LUTData
            if isinstance(data, bytes):
                kind = "<u2" if len(data) >= 2 * (entries or 65536) else "u1"
                array = np.frombuffer(data, kind)
            else:
                array = np.asarray(data)
            if signed and first > 32767:
                first -= 65536
            name = text(item, "LUTExplanation") or f"LUT {index + 1}"
            values = array[: entries or 65536].astype(np.uint16)
            tables.append(VoiTable(data=values, first=first, bits=bits, name=name))
        except (AttributeError, TypeError, ValueError):
            continue  # a table that is no table is not offered; the others still are
    return tables


def _padding(dataset: Dataset, offset: int) -> tuple[int, int] | None:
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = number(dataset, "PixelPaddingRangeLimit")
    ends = sorted((int(value) - offset, int(value if limit is None else limit) - offset))
    low, high = max(ends[0], 0), min(ends[1], 65535)
    return (low, high) if low <= high else None

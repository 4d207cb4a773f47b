"""From a DICOM dataset with pixels to stored values and how they become grey."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from app.core.display import Curve, Encoding, Voi, VoiTable, Window
from app.core.mammogram import Stored
from app.dicom.cautions import usable_rescale
from app.dicom.codestream import is_plain, stated_precision, stated_size
from app.dicom.elements import number, text, word
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
Decoded = tuple[Stored, int, int, list[str]]
Room = Callable[[tuple[int, ...]], Stored]  #: what makes the array that decoded values go into


def fresh(shape: tuple[int, ...]) -> Stored:
    """Return a new array for stored values."""
    return np.empty(shape, np.uint16)


def pixels_of(
    dataset: Dataset, name: str, room: Room = fresh
) -> tuple[Stored, Encoding, list[str]]:
    """Return the pixels of a dataset, their encoding and what is to be said of them.

    Air is left to be found where not stated.

    A Modality LUT, which computed radiography may have in place of slope and intercept, is applied
    at once: what is stored is then what it gives, and padding is its darkest value.
    """
    stored, offset, bits, said = decode(dataset, name, room)
    encoding = encoding_of(dataset, bits, offset, name)
    if not dataset.get("ModalityLUTSequence"):
        return stored, encoding, said
    try:
        data, first, given = table_of(dataset.ModalityLUTSequence[0], dataset, offset < 0)
    except (AttributeError, TypeError, ValueError) as error:
        raise Unreadable(f"{name}: has a Modality LUT that is no table") from error
    at = np.clip(np.arange(2**bits) + offset - first, 0, data.size - 1)
    values = data[at]
    if encoding.air is not None:
        values[encoding.air[0] : encoding.air[1] + 1] = data.max() if encoding.inverse else 0
    if not 8 <= given <= 16 or int(data.max()) >= 2**given:
        raise Unreadable(f"{name}: has a Modality LUT of {given} bits; 8 to 16 are read")
    encoding = replace(encoding, bits=given, offset=0, slope=1.0, intercept=0.0, air=None)
    return values[stored], encoding, said


def decode(dataset: Dataset, name: str, room: Room = fresh) -> Decoded:
    """Return pixels (rows, columns) as uint16, the offset to stored values, bits, and cautions.

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
    if syntax.name == syntax:  # not quoted: it may be anything
        raise Unreadable(f"{name}: its pixels are encoded in a way that is not in the standard")
    plugin = _PLUGINS.get(syntax, "")
    check_polarity(dataset, name)
    if dataset.get("PixelRepresentation") in (None, ""):
        dataset.PixelRepresentation = 0  # said in `app.dicom.cautions`
    if number(dataset, "PixelRepresentation") not in (0, 1):
        raise Unreadable(f"{name}: does not say whether values are signed (Pixel Representation)")
    said = _check_stream(dataset, bits, name)
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
    grey = _grey(array, name)
    stored, offset = _unsigned(grey, dataset, bits, name, room)
    if _stray(grey, bits, signed=offset < 0) and not _shift(dataset, bits):
        said.append("bits above those stored hold something, such as an overlay; they are left out")
    return stored, offset, bits, said


def _check_stream(dataset: Dataset, bits: int, name: str) -> list[str]:
    """Refuse a codestream that states another size than the header; say what else differs."""
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return []
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    stated = stated_size(stream)
    if stated not in (None, (int(dataset.Rows), int(dataset.Columns))):
        raise Unreadable(f"{name}: its pixels state {stated}, not Rows and Columns as the header")
    if not is_plain(stream):
        raise Unreadable(f"{name}: its pixels are laid out as those of no mammogram")
    jpeg_ls = dataset.file_meta.TransferSyntaxUID in (JPEGLSLossless, JPEGLSNearLossless)
    if jpeg_ls and not stream.rstrip(b"\0").endswith(b"\xff\xd9"):  # CharLS would look for ever
        raise Unreadable(f"{name}: is damaged: its pixels end too early")
    said = []
    if (precision := stated_precision(stream)) is not None:
        if precision[0] < bits or precision[0] > int(number(dataset, "BitsAllocated") or 0):
            said.append(f"its pixels have {precision[0]} bits, by the header {bits}")
        signed = number(dataset, "PixelRepresentation") == 1
        if precision[1] is not None and precision[1] != signed:
            said.append("header and pixels differ on whether values are signed; the header rules")
    return said


def _stray(array: NDArray[np.integer], bits: int, *, signed: bool) -> bool:
    """Say whether values of any shape reach beyond the bits they are stored in."""
    if array.dtype.itemsize * 8 <= bits:
        return False
    least, most = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return bool(int(array.max()) > most or int(array.min()) < least)


def _shift(dataset: Dataset, bits: int) -> int:
    """Return by how many bits values are moved up: High Bit says where the highest lies."""
    high = number(dataset, "HighBit")
    return max(0, int(bits - 1 if high is None else high) + 1 - bits)


def _grey(array: NDArray[np.generic], name: str) -> NDArray[np.integer]:
    if array.ndim == 3 and array.shape[-1] == 3:
        if not ((array == array[..., :1]).all()):
            raise Unreadable(f"{name}: is in colour; grey images are read")
        array = array[..., 0]
    if array.ndim != 2:
        raise Unreadable(f"{name}: pixels of shape {array.shape}; rows and columns are needed")
    return np.asarray(array)


def _unsigned(
    array: NDArray[np.integer], dataset: Dataset, bits: int, name: str, room: Room
) -> tuple[Stored, int]:
    if array.shape != (int(dataset.Rows), int(dataset.Columns)):
        raise Unreadable(f"{name}: decodes to {array.shape}, not to Rows and Columns as stated")
    shift = _shift(dataset, bits)
    mask = (1 << bits) - 1
    # No more than 16 bits are allocated: their low ones say all, of a negative number, too.
    if array.dtype.kind == "i" or shift:
        array = array.astype(np.uint16)
        array >>= shift
    values = room(array.shape)
    np.bitwise_and(array, array.dtype.type(mask & np.iinfo(array.dtype).max), out=values)
    if number(dataset, "PixelRepresentation") == 1:
        half = 1 << (bits - 1)
        values ^= half  # two's complement to offset binary
        return values, -half
    return values, 0


def check_polarity(dataset: Dataset, name: str) -> str:
    """Return the Photometric Interpretation; Unreadable when it is none that is read."""
    polarity = word(dataset, "PhotometricInterpretation")
    if polarity not in ("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422"):
        raise Unreadable(
            f"{name}: is {polarity or 'of no stated polarity'}; MONOCHROME1 or 2 is read"
        )
    return polarity


def encoding_of(dataset: Dataset, bits: int, offset: int, name: str) -> Encoding:
    """Return the encoding of a decoded dataset, air left to be found in the pixels."""
    shape = text(dataset, "PresentationLUTShape").upper()
    polarity = check_polarity(dataset, name)
    # For presentation, the shape decides; the two agree in every file that is correct.
    inverse = shape == "INVERSE" if shape in ("IDENTITY", "INVERSE") else polarity == "MONOCHROME1"
    slope, intercept = usable_rescale(dataset) or (1.0, 0.0)
    return Encoding(
        bits=bits,
        offset=offset,
        slope=slope,
        intercept=intercept,
        inverse=inverse,
        vois=vois_of(dataset, signed=offset < 0),
        air=_padding(dataset, offset),
    )


def vois_of(dataset: Dataset, *, signed: bool = False) -> tuple[Voi, ...]:
    """Return every window and VOI LUT an image, or an item of a presentation state, offers."""
    return _named_apart(_windows(dataset) + _tables(dataset, signed))


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
    except (TypeError, ValueError):
        return []  # a window that is no window is as good as none: a robust one takes its place
    windows: list[Voi] = []
    for index, (center, width) in enumerate(pairs):
        name = names[index] if index < len(names) and names[index] else f"window {index + 1}"
        with suppress(ValueError):  # the others are still offered
            windows.append(Window(center=center, width=width, curve=curve, name=name))
    return windows


def table_of(item: Dataset, dataset: Dataset, signed: bool) -> tuple[Stored, int, int]:
    """Return entries, first mapped value and bits of a LUT item, its data as words or as OW."""
    entries, first, bits = (int(v) for v in item.LUTDescriptor)
    entries = entries % 65536 or 65536  # 0 stands for 65,536, and the count may be read as signed
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] is not False else ">"
        array = np.frombuffer(data, f"{order}u2" if len(data) >= 2 * entries else "u1")
    else:
        array = np.atleast_1d(np.asarray(data))
    if signed and first > 32767:
        first -= 65536
    return array[:entries].astype(np.uint16), first, bits


def _tables(dataset: Dataset, signed: bool) -> list[Voi]:
    tables: list[Voi] = []
    for index, item in enumerate(dataset.get("VOILUTSequence") or []):
        with suppress(AttributeError, TypeError, ValueError):  # the others are still offered
            data, first, bits = table_of(item, dataset, signed)
            name = text(item, "LUTExplanation") or f"LUT {index + 1}"
            tables.append(VoiTable(data=data, first=first, bits=bits, name=name))
    return tables


def _named_apart(vois: list[Voi]) -> tuple[Voi, ...]:
    """Return windows and tables with a number after a name used before, so that each is found."""
    apart: list[Voi] = []
    for voi in vois:
        before = sum(voi.name == other.name for other in vois[: len(apart)])
        apart.append(replace(voi, name=f"{voi.name} ({before + 1})") if before else voi)
    return tuple(apart)


def _padding(dataset: Dataset, offset: int) -> tuple[int, int] | None:
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = number(dataset, "PixelPaddingRangeLimit")
    stated = [int(value), int(value if limit is None else limit)]
    if offset < 0:  # some write these as unsigned although the pixels are signed
        stated = [v - 65536 if v > 32767 else v for v in stated]
    ends = sorted(v - offset for v in stated)
    low, high = max(ends[0], 0), min(ends[1], 65535)
    return (low, high) if low <= high else None

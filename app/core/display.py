"""From stored values to 8-bit grey in one table (DICOM PS3.3 C.11, PS3.4 N.2).

Order: stored -> modality rescale -> VOI (function or stored LUT) -> presentation shape ->
invert -> air forced to black. Everything but the last two depends on one stored value alone, and
so does air, hence one table of 65,536 entries does it all.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
TABLE_SIZE = 65536


class Curve(StrEnum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear_exact"
    SIGMOID = "sigmoid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Centre and width in rescaled values, and the function between them (PS3.3 C.11.2.1.2)."""

    center: float
    width: float
    curve: Curve = Curve.LINEAR
    name: str = ""  #: Window Center & Width Explanation, or the preset's name

    def __post_init__(self) -> None:
        if not (np.isfinite(self.center) and np.isfinite(self.width)):
            raise ValueError(f"window {self.center}, {self.width}: both must be finite numbers")
        least = 1.0 if self.curve is Curve.LINEAR else 0.0
        if self.width < least or self.width == 0:
            at_least = "at least 1" if self.curve is Curve.LINEAR else "above 0"
            raise ValueError(f"window width {self.width:g}: {self.curve.value} needs {at_least}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiTable:
    """A stored VOI LUT (PS3.3 C.11.2.1.1), with its input axis free to be shifted and stretched.

    `data`, shape (n,), holds the outputs, 0 to 2**bits - 1; input `first` maps to `data[0]`.
    `shift` and `stretch` move the input axis the way dragging a window does, 0 and 1 at rest.
    """

    data: NDArray[np.uint16]
    first: int
    bits: int
    name: str = ""  #: LUT Explanation
    shift: float = 0.0
    stretch: float = 1.0

    def __post_init__(self) -> None:
        if self.data.ndim != 1 or not 1 <= self.data.size <= TABLE_SIZE:
            raise ValueError(f"VOI LUT of {self.data.size} entries; allowed are 1 to {TABLE_SIZE}")
        if not 8 <= self.bits <= 16:
            raise ValueError(f"VOI LUT of {self.bits} bits per entry; allowed are 8 to 16")
        if not self.stretch > 0:
            raise ValueError(f"VOI LUT stretched by {self.stretch:g}; it must be above 0")


Voi = Window | VoiTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the stored values of one mammogram become grey, apart from the window chosen."""

    bits: int  #: Bits Stored, 8 to 16
    offset: int = 0  #: stored value = pixel + offset; below 0 for signed files
    slope: float = 1.0
    intercept: float = 0.0
    inverse: bool = False  #: low values are bright: MONOCHROME1 or Presentation LUT Shape INVERSE
    vois: tuple[Voi, ...] = ()  #: all the file offers, in its order
    air: tuple[int, int] | None = None  #: pixels that are black always: padding, or constant air
    dim_air: tuple[int, int] | None = None  #: pixels of noisy air: black when inverted

    def rescale(self, pixels: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return pixels, any shape, as rescaled values (PS3.3 C.11.1)."""
        return (np.asarray(pixels, np.float64) + self.offset) * self.slope + self.intercept

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest rescaled value that `bits` can hold."""
        ends = self.rescale(np.array([0, 2**self.bits - 1]))
        return float(ends.min()), float(ends.max())


def window_curve(values: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Map rescaled values, any shape, to 0..1 by the window's function (PS3.3 C.11.2.1.2, .3)."""
    c, w = window.center, window.width
    if window.curve is Curve.SIGMOID:
        # exp overflows harmlessly to infinity far below the centre: clip keeps it silent.
        return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (values - c) / w, -700.0, 700.0)))
    if window.curve is Curve.LINEAR_EXACT:
        return np.clip((values - c) / w + 0.5, 0.0, 1.0)
    if w <= 1.0:  # PS3.3 C.11.2.1.2.1: width 1 is a threshold at centre - 0.5
        return (values > c - 0.5).astype(np.float64)
    return np.clip((values - (c - 0.5)) / (w - 1.0) + 0.5, 0.0, 1.0)


def table_curve(values: NDArray[np.float64], table: VoiTable) -> NDArray[np.float64]:
    """Map rescaled values, any shape, to 0..1 through a stored LUT; the ends extend flat."""
    middle = table.first + (table.data.size - 1) / 2
    at = (values - table.shift - middle) / table.stretch + middle - table.first
    index = np.clip(np.rint(at), 0, table.data.size - 1).astype(np.intp)
    return table.data[index] / float(2**table.bits - 1)


def display_table(encoding: Encoding, voi: Voi, *, invert: bool = False) -> Grey:
    """Return the table, shape (65536,), that turns pixels into 8-bit grey; air is always 0."""
    # Pixels hold no more than `bits`: the rest of the table only keeps wrong ones from failing.
    used = 2**encoding.bits
    values = encoding.rescale(np.arange(used))
    grey = window_curve(values, voi) if isinstance(voi, Window) else table_curve(values, voi)
    if encoding.inverse != invert:
        grey = 1.0 - grey
    table: Grey = np.empty(TABLE_SIZE, np.uint8)
    table[:used] = np.rint(grey * 255.0)
    table[used:] = table[used - 1]
    for air, black in ((encoding.air, True), (encoding.dim_air, invert)):
        if air is not None and black:
            table[air[0] : air[1] + 1] = 0
    return table


def apply_table(pixels: NDArray[np.uint16], table: Grey, out: Grey | None = None) -> Grey:
    """Return the grey picture of pixels, same shape; `out` is written in place when given."""
    return np.take(table, pixels, out=out, mode="clip")


def robust_window(pixels: NDArray[np.uint16], encoding: Encoding, name: str = "auto") -> Window:
    """Return a linear window over the 1st to 99.8th percentile of what is not air."""
    sample = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)]
    tissue = np.ones(sample.shape, bool)
    for air in (encoding.air, encoding.dim_air):
        if air is not None:
            tissue &= (sample < air[0]) | (sample > air[1])
    chosen = sample[tissue] if tissue.any() else sample
    low, high = np.percentile(encoding.rescale(chosen), [1.0, 99.8])
    return Window(center=float(low + high) / 2, width=max(float(high - low), 2.0), name=name)


def window_for(pixels: NDArray[np.uint16], encoding: Encoding) -> Voi:
    """Return the file's first window or LUT, or a robust one when the file offers none."""
    return encoding.vois[0] if encoding.vois else robust_window(pixels, encoding)


def dragged(voi: Voi, right: float, down: float, span: float) -> Voi:
    """Return the window after a drag: `right` widens, `down` raises the centre.

    Both are fractions of a pane (1 = all across); `span` is the width of the value range. A stored
    LUT keeps its shape: its input axis is stretched and shifted (IHE MAMMO 4.16.4.2.2.1.1.4).
    """
    if isinstance(voi, VoiTable):
        return VoiTable(
            data=voi.data,
            first=voi.first,
            bits=voi.bits,
            name=voi.name,
            shift=voi.shift + down * span / 2,
            stretch=float(np.clip(voi.stretch * np.exp(2 * right), 0.02, 50.0)),
        )
    width = float(np.clip(voi.width * np.exp(2 * right), 2.0, 8 * span))
    center = voi.center + down * max(voi.width, span / 16)
    return Window(center=center, width=width, curve=voi.curve, name="custom")

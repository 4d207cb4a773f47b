"""Lengths, angles, regions, profiles and histograms, on the image as stored.

A place is (x, y) in pixels of the stored image, pixel edges at whole numbers: (0, 0) is the upper
left corner of the first pixel, as in DICOM's own graphics (PS3.3 C.10.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, degrees, hypot, pi
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.core.display import Encoding, Window
from app.core.geometry import Point
from app.core.mammogram import Facts, Spacing, SpacingBasis, Stored

Region = Literal["ellipse", "rectangle", "freehand"]
Values = NDArray[np.float64]
BINS = 128  #: of a histogram at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A length on one basis; `mm` is None when nothing states a spacing."""

    mm: float | None
    pixels: float
    basis: SpacingBasis
    note: str = ""

    @property
    def words(self) -> str:
        """The length with its basis, such as '66.7 mm corrected for magnification x1.5'."""
        amount = f"{self.pixels:.0f} px" if self.mm is None else f"{self.mm:.1f} mm"
        return " ".join(part for part in (amount, self.basis.value, self.note) if part)


def spacings_of(facts: Facts) -> tuple[Spacing, ...]:
    """Return every spacing a mammogram offers, the one in use first; empty when there is none."""
    if facts.spacings or facts.spacing_mm is None:
        return facts.spacings
    return (Spacing(mm=facts.spacing_mm, basis=facts.spacing_basis),)


def lengths(facts: Facts, start: Point, end: Point) -> tuple[Length, ...]:
    """Return the distance between two places on every basis the file offers, at least one."""
    across, down = end[0] - start[0], end[1] - start[1]
    pixels = hypot(across, down)
    found = tuple(
        Length(
            mm=hypot(across * s.mm[1], down * s.mm[0]), pixels=pixels, basis=s.basis, note=s.note
        )
        for s in spacings_of(facts)
    )
    return found or (Length(mm=None, pixels=pixels, basis=SpacingBasis.NONE),)


def angle(facts: Facts, arm: Point, corner: Point, other: Point) -> float | None:
    """Return the angle at `corner` in degrees, 0 to 180; None when an arm has no length."""
    mm = facts.spacing_mm or (1.0, 1.0)
    one, two = (((p[0] - corner[0]) * mm[1], (p[1] - corner[1]) * mm[0]) for p in (arm, other))
    size = hypot(*one) * hypot(*two)
    if size == 0:
        return None
    return degrees(acos(max(-1.0, min(1.0, (one[0] * two[0] + one[1] * two[1]) / size))))


# Regions.


def region_mask(
    region: Region, points: Sequence[Point], shape: tuple[int, int]
) -> tuple[NDArray[np.bool_], tuple[slice, slice]]:
    """Return which pixels have their centre in a region, and the part of the image it covers.

    Two opposite corners of the box describe an ellipse or rectangle, three points and more a
    freehand outline, closed by itself and filled by the even-odd rule. The mask has the shape of
    the part, which is empty for a region outside the image.
    """
    xs, ys = zip(*points, strict=True)
    left, right = max(0, int(min(xs))), min(shape[1], int(np.ceil(max(xs))))
    top, bottom = max(0, int(min(ys))), min(shape[0], int(np.ceil(max(ys))))
    part = slice(top, max(top, bottom)), slice(left, max(left, right))
    rows = np.arange(part[0].start, part[0].stop, dtype=np.float64) + 0.5
    columns = np.arange(part[1].start, part[1].stop, dtype=np.float64) + 0.5
    if region == "freehand":
        return _polygon_mask(np.asarray(points, np.float64), rows, columns), part
    y, x = rows[:, None], columns[None, :]
    (x0, x1), (y0, y1) = (min(xs), max(xs)), (min(ys), max(ys))
    if region == "rectangle":
        return (x >= x0) & (x < x1) & (y >= y0) & (y < y1), part
    a, b = max((x1 - x0) / 2, 1e-9), max((y1 - y0) / 2, 1e-9)
    return ((x - (x0 + x1) / 2) / a) ** 2 + ((y - (y0 + y1) / 2) / b) ** 2 <= 1, part


def _polygon_mask(corners: Values, y: Values, x: Values) -> NDArray[np.bool_]:
    """Return the even-odd fill at rows y and columns x: every edge toggles what is right of it."""
    toggles = np.zeros((y.size, x.size + 1), np.int32)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crossed = np.flatnonzero((y >= min(y0, y1)) & (y < max(y0, y1)))
        if crossed.size:
            at = x0 + (y[crossed] - y0) * (x1 - x0) / (y1 - y0)
            np.add.at(toggles, (crossed, np.searchsorted(x, at)), 1)
    filled: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1
    return filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Rescaled values in a region: count of pixels, mean, standard deviation and order."""

    pixels: int
    mean: float
    sd: float  #: of the pixels as a population
    least: float
    median: float
    greatest: float
    area_mm2: float | None  #: None without a spacing
    basis: SpacingBasis


def values_in(
    pixels: Stored, encoding: Encoding, region: Region, points: Sequence[Point]
) -> Values:
    """Return the rescaled values of the pixels in a region, shape (n,); empty outside the image."""
    mask, part = region_mask(region, points, (pixels.shape[0], pixels.shape[1]))
    return encoding.rescale(pixels[part][mask])


def area_mm2(facts: Facts, region: Region, points: Sequence[Point]) -> float | None:
    """Return the area of the drawn shape itself, not of its pixels; None without a spacing."""
    if facts.spacing_mm is None:
        return None
    x, y = np.asarray(points, np.float64).T
    if region == "freehand":
        area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    else:
        area = float(np.ptp(x) * np.ptp(y)) * (pi / 4 if region == "ellipse" else 1.0)
    return area * facts.spacing_mm[0] * facts.spacing_mm[1]


def statistics(
    facts: Facts, pixels: Stored, encoding: Encoding, region: Region, points: Sequence[Point]
) -> Statistics | None:
    """Return the statistics of a region, None when no pixel has its centre in it."""
    values = values_in(pixels, encoding, region, points)
    if values.size == 0:
        return None
    return Statistics(
        pixels=int(values.size),
        mean=float(values.mean()),
        sd=float(values.std()),
        least=float(values.min()),
        median=float(np.median(values)),
        greatest=float(values.max()),
        area_mm2=area_mm2(facts, region, points),
        basis=facts.spacing_basis,
    )


def window_of(values: Values, name: str = "region") -> Window | None:
    """Return the linear window from the 1st to the 99th percentile of values; None without any."""
    if values.size == 0:
        return None
    low, high = (float(v) for v in np.percentile(values, [1.0, 99.0]))
    return Window(center=(low + high) / 2, width=max(high - low, 2.0), name=name)


def histogram(values: Values) -> tuple[Values, NDArray[np.int64]]:
    """Return edges, shape (n + 1,), and counts, shape (n,), of at most 128 bins of equal width."""
    if values.size == 0:
        return np.array([0.0, 1.0]), np.zeros(1, np.int64)
    spread = float(np.ptp(values))
    bins = int(np.clip(np.unique(values[:: max(1, values.size // 100_000)]).size, 1, BINS))
    low = float(values.min()) - (0.5 if spread == 0 else 0.0)
    counts, edges = np.histogram(values, bins=bins, range=(low, low + (spread or 1.0)))
    return edges, counts.astype(np.int64)


def profile(
    facts: Facts, pixels: Stored, encoding: Encoding, start: Point, end: Point
) -> tuple[Values, Values, str]:
    """Return distances from the start, rescaled values there, and the unit: mm or px.

    One sample per pixel of length, bilinear between pixel centres; places outside the image are
    left out.
    """
    from scipy import ndimage

    whole = lengths(facts, start, end)[0]
    count = max(2, int(np.ceil(whole.pixels)) + 1)
    share = np.linspace(0.0, 1.0, count)
    x, y = (start[axis] + share * (end[axis] - start[axis]) for axis in (0, 1))
    inside = (x >= 0) & (x <= pixels.shape[1]) & (y >= 0) & (y <= pixels.shape[0])
    at = np.stack([y[inside], x[inside]]) - 0.5
    low = np.maximum(np.floor(at.min(axis=1)).astype(int), 0) if inside.any() else np.zeros(2, int)
    high = np.ceil(at.max(axis=1)).astype(int) + 2 if inside.any() else np.ones(2, int)
    part = pixels[low[0] : high[0], low[1] : high[1]].astype(np.float64)
    values = ndimage.map_coordinates(part, at - low[:, None], order=1, mode="nearest")
    length = whole.pixels if whole.mm is None else whole.mm
    return share[inside] * length, encoding.rescale(values), "px" if whole.mm is None else "mm"


def measure_report(facts: Facts, start: Point, end: Point) -> dict[str, Any]:
    """Return the distance on every basis with its name, ready for JSON."""
    found = lengths(facts, start, end)
    spacings = spacings_of(facts)
    return {
        "from": list(start),
        "to": list(end),
        "pixels": found[0].pixels,
        "mm": found[0].mm,
        "basis": found[0].basis.value,
        "lengths": [
            {
                "mm": length.mm,
                "basis": length.basis.value,
                "note": length.note,
                "spacing_mm": list(spacing.mm),
            }
            for length, spacing in zip(found, spacings, strict=False)
        ],
    }

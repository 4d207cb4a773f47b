"""Pictures to judge a screen by, one value per device pixel.

Drawn anew from what AAPM TG18 (2005, section 3) and Report 270 (2019) ask of such pictures: steps
of luminance, 5 % on black and 95 % on white, line pairs, ramps, faint letters, geometry.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.core.gsdf import GREYS

GROUND = 128
LEAST = (640, 480)  #: columns and rows below which the picture has no room
FAINT = (14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1)  #: letters differ so much from what is under them


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    def of(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return its part of an image."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


@dataclass(kw_only=True, eq=False)
class Pattern:
    """A picture in 8 bits and where its parts are."""

    pixels: NDArray[np.uint8]  #: (rows, columns)
    boxes: dict[str, Box] = field(default_factory=dict)
    letters: list[tuple[Box, int]] = field(default_factory=list)  #: fields for faint letters

    def put(self, name: str, box: Box, value: int | NDArray[np.uint8]) -> None:
        """Fill a box and remember it by a name."""
        self.boxes[name] = box
        box.of(self.pixels)[...] = value


def blank(columns: int, rows: int, grey: int) -> Pattern:
    """Return one grey everywhere."""
    if columns < LEAST[0] or rows < LEAST[1]:
        raise ValueError(f"{columns} x {rows} pixels; a pattern needs {LEAST[0]} x {LEAST[1]}")
    return Pattern(pixels=np.full((rows, columns), grey, np.uint8))


def quality(columns: int, rows: int) -> Pattern:
    """Return the picture to look at each day."""
    made = blank(columns, rows, GROUND)
    unit = min(columns // 16, rows // 12)
    _lines(made, unit)
    _ramps(made, unit)
    _steps(made, unit)
    _ends(made, unit)
    _pairs(made, unit)
    _bars(made, unit)
    _letters(made, unit)
    return made


def patch(columns: int, rows: int, grey: int) -> Pattern:
    """Return a grey over a tenth of the screen, for the meter, on a fifth of full luminance.

    The ground is grey 153, whatever the patch, so that the light of the screen stays the same.
    """
    made = blank(columns, rows, 153)
    side = round((columns * rows / 10) ** 0.5)
    box = Box(left=(columns - side) // 2, top=(rows - side) // 2, width=side, height=side)
    made.put("patch", box, grey)
    return made


def _lines(made: Pattern, unit: int) -> None:
    """Draw the outermost pixels and a grid: nothing may be cut off or bent."""
    pixels = made.pixels
    rows, columns = pixels.shape
    middle = (columns // 2, rows // 2)
    for step in range(-columns // unit, columns // unit + 1):
        x, y = middle[0] + step * unit, middle[1] + step * unit
        if 0 <= x < columns:
            pixels[:, x] = 160
        if 0 <= y < rows:
            pixels[y, :] = 160
    pixels[[0, -1], :] = 255
    pixels[:, [0, -1]] = 255


def _ramps(made: Pattern, unit: int) -> None:
    """Draw black to white upwards at the left, downwards at the right: no steps may show."""
    rows, columns = made.pixels.shape
    high = rows - 4 * unit
    ramp = np.rint(np.linspace(255, 0, high)).astype(np.uint8)[:, None]
    left = Box(left=unit // 2, top=2 * unit, width=unit, height=high)
    right = Box(left=columns - unit // 2 - unit, top=2 * unit, width=unit, height=high)
    made.put("ramp up", left, ramp)
    made.put("ramp down", right, ramp[::-1])


def _steps(made: Pattern, unit: int) -> None:
    """Draw the 18 greys of TG18-LN, nine above and nine below the middle, corners 4 off."""
    rows, columns = made.pixels.shape
    small = max(unit // 6, 4)
    for number, grey in enumerate(GREYS):
        row, column = divmod(number, 9)
        left = columns // 2 + round((column - 4.5) * 1.25 * unit) + unit // 8
        top = rows // 2 - 3 * unit if row == 0 else rows // 2 + 2 * unit
        box = Box(left=left, top=top, width=unit, height=unit)
        made.put(f"grey {grey}", box, grey)
        brighter, darker = min(grey + 4, 255), max(grey - 4, 0)
        inside = box.of(made.pixels)
        inside[:small, :small] = inside[-small:, -small:] = brighter
        inside[:small, -small:] = inside[-small:, :small] = darker


def _ends(made: Pattern, unit: int) -> None:
    """Draw 5 % on black and 95 % on white: both inner squares must be seen."""
    rows, columns = made.pixels.shape
    side = 2 * unit
    for name, shift, outer, inner in (
        ("5 % on black", -side, 0, round(0.05 * 255)),
        ("95 % on white", 0, 255, round(0.95 * 255)),
    ):
        left, top = columns // 2 + shift, rows // 2 - side // 2
        made.put(f"under {name}", Box(left=left, top=top, width=side, height=side), outer)
        half = Box(left=left + side // 4, top=top + side // 4, width=side // 2, height=side // 2)
        made.put(name, half, inner)


def _pairs(made: Pattern, unit: int) -> None:
    """Draw lines one and two pixels wide, upright and level, in the corners and the middle."""
    rows, columns = made.pixels.shape
    side = unit // 2 * 2
    far = 2 * unit
    corners = {
        "upper left": (far, far),
        "upper right": (columns - far - 4 * side, far),
        "lower left": (far, rows - far - side),
        "lower right": (columns - far - 4 * side, rows - far - side),
        "left": (columns // 2 - 2 * unit - 4 * side - unit // 2, rows // 2 - side // 2),
        "right": (columns // 2 + 2 * unit + unit // 2, rows // 2 - side // 2),
    }
    kinds: tuple[tuple[str, Callable[[int], NDArray[np.uint8]]], ...] = (
        ("upright 1", lambda n: _wave(n, 1, 255, 0)[None, :]),
        ("level 1", lambda n: _wave(n, 1, 255, 0)[:, None]),
        ("upright 2", lambda n: _wave(n, 2, 255, 0)[None, :]),
        ("faint 1", lambda n: _wave(n, 1, GROUND + 2, GROUND - 1)[None, :]),
    )
    for where, (left, top) in corners.items():
        for number, (kind, lines) in enumerate(kinds):
            box = Box(left=left + number * side, top=top, width=side, height=side)
            made.put(f"{kind} {where}", box, lines(side))


def _wave(count: int, wide: int, high: int, low: int) -> NDArray[np.uint8]:
    return np.where(np.arange(count) // wide % 2 == 0, high, low).astype(np.uint8)


def _bars(made: Pattern, unit: int) -> None:
    """Draw black and white bars, each half as long as the last: no edge may smear or ring."""
    columns = made.pixels.shape[1]
    wide = columns - 8 * unit
    row = np.zeros(wide, np.uint8)
    at, length, white = 0, wide // 2, True
    while at < wide and length:
        row[at : at + length] = 255 if white else 0
        at, length, white = at + length, length // 2, not white
    made.put("bars", Box(left=4 * unit, top=unit, width=wide, height=unit // 2), row[None, :])


def _letters(made: Pattern, unit: int) -> None:
    """Draw fields of black, mid grey and white for faint letters."""
    rows, columns = made.pixels.shape
    wide = (columns - 9 * unit) // 3
    for number, grey in enumerate((0, GROUND, 255)):
        left = 4 * unit + number * (wide + unit // 2)
        box = Box(left=left, top=rows - 7 * unit // 4, width=wide, height=unit)
        made.put(f"letters on {grey}", box, grey)
        made.letters.append((box, grey))

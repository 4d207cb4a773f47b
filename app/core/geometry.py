r"""The eight flips and rotations of an image, and how Patient Orientation chooses among them.

Standard hang (IHE Mammography Image profile): RCC P\L, LCC A\R, RMLO P\FL, LMLO A\FR. The right
breast stands on the viewer's left, so that the chest walls of right and left meet in the middle;
lateral is up in CC, the axilla is up in MLO.
"""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]


class Transform(Enum):
    """One of the eight symmetries: transpose first, then flips (transpose, flip_x, flip_y)."""

    IDENTITY = (False, False, False)
    FLIP_HORIZONTAL = (False, True, False)
    FLIP_VERTICAL = (False, False, True)
    ROTATE_180 = (False, True, True)
    TRANSPOSE = (True, False, False)
    ROTATE_90_CW = (True, True, False)
    ROTATE_90_CCW = (True, False, True)
    ANTI_TRANSPOSE = (True, True, True)

    def apply(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return image, shape (rows, columns), flipped and turned; a view, nothing is copied."""
        transpose, flip_x, flip_y = self.value
        turned = image.T if transpose else image
        return turned[:: -1 if flip_y else 1, :: -1 if flip_x else 1]

    def shape(self, rows: int, columns: int) -> tuple[int, int]:
        """Return (rows, columns) of the image after the transform."""
        return (columns, rows) if self.value[0] else (rows, columns)

    def forward(self, point: Point, rows: int, columns: int) -> Point:
        """Map (x, y), pixel edges at whole numbers, from the stored image to the turned one."""
        transpose, flip_x, flip_y = self.value
        x, y = (point[1], point[0]) if transpose else point
        height, width = self.shape(rows, columns)
        return (width - x if flip_x else x, height - y if flip_y else y)

    def back(self, point: Point, rows: int, columns: int) -> Point:
        """Map (x, y) from the turned image to the stored one of the given size."""
        transpose, flip_x, flip_y = self.value
        height, width = self.shape(rows, columns)
        x = width - point[0] if flip_x else point[0]
        y = height - point[1] if flip_y else point[1]
        return (y, x) if transpose else (x, y)


_OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H"}
#: First letters of the standard hang: direction of the rows, direction of the columns.
_CC_LIKE = {"R": ("P", "L"), "L": ("A", "R")}
_OBLIQUE = {"R": ("P", "F"), "L": ("A", "F")}
_UP_IS_LATERAL = ("CC", "XCCL", "XCCM", "FB")


def standard_orientation(side: str, view: str | None) -> tuple[str, str]:
    """Return first letters of row and column direction in the standard hang of side R or L."""
    return (_CC_LIKE if view in _UP_IS_LATERAL else _OBLIQUE)[side]


def first_letters(orientation: tuple[str, str]) -> tuple[str, str] | None:
    """Return the leading letters of a Patient Orientation, or None when they name no plane."""
    letters = tuple(part.strip().upper()[:1] for part in orientation)
    axes = [{"A": 0, "P": 0, "L": 1, "R": 1, "H": 2, "F": 2}.get(letter) for letter in letters]
    if None in axes or axes[0] == axes[1]:
        return None
    return letters[0], letters[1]


def standard_transform(
    orientation: tuple[str, str], side: str, view: str | None
) -> Transform | None:
    """Return the transform that hangs an image of this Patient Orientation in the standard way.

    None when the orientation is unusable for this view: then only the chest-wall side can be
    found, from the pixels (`app.core.breast`).
    """
    letters = first_letters(orientation)
    if letters is None:
        return None
    row, column = letters
    target_row, target_column = standard_orientation(side, view)
    for transpose in (False, True):
        across, along = (column, row) if transpose else (row, column)
        flips = []
        for have, want in ((across, target_row), (along, target_column)):
            if have == want:
                flips.append(False)
            elif _OPPOSITE[have] == want:
                flips.append(True)
        if len(flips) == 2:
            return Transform((transpose, flips[0], flips[1]))
    return None

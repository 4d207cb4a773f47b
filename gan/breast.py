"""Where the breast is in a real or generated image: chest wall left, air dark."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gan.images import from_stored

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Mask = NDArray[np.bool_]
Grey = NDArray[np.float32]  #: 0 air to 1 brightest

SHARE = 0.06  #: of the way from air to white at which tissue begins
WALL = 0.05  #: of the width: tissue so near to the left edge is at the chest wall
SMOOTH = 0.006  #: of the height: noise on air is no breast


def as_grey(pixels: Pixels) -> Grey:
    """Return stored values, any shape, as grey from 0 to 1."""
    return (from_stored(pixels) + np.float32(1)) * np.float32(0.5)


def breast_mask(grey: Grey) -> Mask:
    """Return where the breast is in an image, (h, w): the largest part above air, holes filled.

    Everything counts as breast when nothing stands out, so that no metric divides by nothing.
    """
    smooth = ndimage.gaussian_filter(grey, SMOOTH * grey.shape[0])
    above = smooth > SHARE * max(float(np.percentile(grey, 99)), 0.1)
    parts, count = ndimage.label(above)
    if count == 0:
        return np.ones(grey.shape, bool)
    sizes = np.bincount(parts.ravel())[1:]
    return _filled(parts == 1 + int(np.argmax(sizes)))


def _filled(part: Mask) -> Mask:
    """Return a breast with dark fat inside it and at the chest wall filled in."""
    wall = np.zeros((part.shape[0], 1), bool)
    near = np.flatnonzero(part[:, : max(1, round(WALL * part.shape[1]))].any(axis=1))
    if near.size:
        wall[near[0] : near[-1] + 1] = True
    breast: Mask = ndimage.binary_fill_holes(np.hstack([wall, part]))[:, 1:]
    return breast


def box(mask: Mask) -> tuple[slice, slice]:
    """Return rows and columns of the smallest box round a mask with something in it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

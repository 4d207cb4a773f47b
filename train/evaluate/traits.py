"""Hand-crafted breast features: shape, grey, dense share, texture, moments, of each image."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gan.breast import Grey, Mask, box
from train.evaluate.pyramid import laplacian

MOMENTS = ("mean", "deviation", "skewness", "kurtosis", "fifth moment")
SHAPE = ("area", "height", "width", "box filled", "centre row", "centre column", "roundness")
TEXTURE = (
    "fine energy",
    "middle energy",
    "coarse energy",
    "gradient",
    "orientation",
    "grey-pair contrast",
    "grey-pair homogeneity",
    "grey-pair correlation",
)
TRAITS = (*SHAPE, *MOMENTS, "dark tenth", "bright tenth", "dense share", *TEXTURE)
GREYS = 16  #: grey levels of the co-occurrence counts


def traits(grey: Grey, mask: Mask) -> NDArray[np.float64]:
    """Return the features of one image, (h, w) in [0, 1], within its mask, in the order TRAITS.

    Shape in shares of the image; roundness is 4 pi area / outline^2. The dense share is what lies
    above Otsu's threshold of the breast. Energies are natural logarithms of the mean square of
    the three finest Laplacian bands. Grey pairs are neighbours along rows and columns (Haralick
    1973) over 16 grey levels.
    """
    inside = grey[mask].astype(np.float64)
    moments = _moments(inside)
    tenths = np.percentile(inside, (10, 90))
    dense = float((inside > _otsu(inside)).mean())
    return np.array([*_shape(mask), *moments, *tenths, dense, *_texture(grey, mask)])


def _moments(values: NDArray[np.float64]) -> list[float]:
    mean, deviation = float(values.mean()), float(values.std())
    standard = (values - mean) / max(deviation, 1e-6)
    return [mean, deviation, *(float((standard**order).mean()) for order in (3, 4, 5))]


def _otsu(values: NDArray[np.float64]) -> float:
    """Return the threshold that parts values best into two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=64)
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    light = np.cumsum(counts * middle)
    means = light[:-1] / np.maximum(below, 1), (light[-1] - light[:-1]) / np.maximum(above, 1)
    return float(edges[1 + int(np.argmax(below * above * (means[0] - means[1]) ** 2))])


def _shape(mask: Mask) -> list[float]:
    height, width = mask.shape
    rows, columns = box(mask)
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    area = int(mask.sum())
    centre = ndimage.center_of_mass(mask)
    outline = int((mask & ~ndimage.binary_erosion(mask)).sum())
    return [
        area / mask.size,
        tall / height,
        wide / width,
        area / (tall * wide),
        centre[0] / height,
        centre[1] / width,
        4 * np.pi * area / max(outline, 1) ** 2,
    ]


def _texture(grey: Grey, mask: Mask) -> list[float]:
    energies = []
    for level, band in enumerate(laplacian(grey, 4)[:3]):
        here = mask[:: 2**level, :: 2**level]
        square = band[here] ** 2
        energies.append(float(np.log(square.mean() + 1e-8)) if here.any() else np.log(1e-8))
    both = mask[1:, 1:] & mask[:-1, 1:] & mask[1:, :-1]
    across, along = np.diff(grey, axis=1)[1:][both], np.diff(grey, axis=0)[:, 1:][both]
    steep = float(np.hypot(across, along).mean()) if both.any() else 0.0
    squares = float((across**2).sum()), float((along**2).sum())
    slant = (squares[0] - squares[1]) / max(sum(squares), 1e-12)
    return [*energies, steep, slant, *_grey_pairs(grey, mask)]


def _grey_pairs(grey: Grey, mask: Mask) -> list[float]:
    level = np.minimum((grey * GREYS).astype(np.int64), GREYS - 1)
    counts = np.zeros(GREYS * GREYS)
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        both = mask[a] & mask[b]
        pairs = np.concatenate([level[a][both] * GREYS + level[b][both]])
        counts += np.bincount(pairs, minlength=GREYS * GREYS)
    share = counts.reshape(GREYS, GREYS)
    share = (share + share.T) / max(2 * share.sum(), 1)
    i, j = np.mgrid[:GREYS, :GREYS]
    mean = float((share * i).sum())
    spread = float((share * (i - mean) ** 2).sum())
    together = float((share * (i - mean) * (j - mean)).sum())
    return [
        float((share * (i - j) ** 2).sum()),
        float((share / (1 + (i - j) ** 2)).sum()),
        together / spread if spread > 1e-9 else 1.0,
    ]

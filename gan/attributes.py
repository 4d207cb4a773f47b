"""What can be measured on a generated mammogram; a new attribute is one function here.

Images have shape (n, height, width), network values in [-1, 1], chest wall at the left edge.
Each attribute is a function of the images and of where the breast is; its value is one number an
image. All are measured at one size, so that they compare.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Images = NDArray[np.float32]
Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
Attribute = Callable[[Images, Mask], Values]

ATTRIBUTES: dict[str, Attribute] = {}
BINS = 64  #: of the histogram that the dense share is cut from


def _attribute(name: str) -> Callable[[Attribute], Attribute]:
    def register(function: Attribute) -> Attribute:
        ATTRIBUTES[name] = function
        return function

    return register


def measure(images: Images, air: float) -> Values:
    """Return all attributes, (n, len(ATTRIBUTES)), of images; up to `air` there is no breast."""
    breast = images > air
    return np.stack([function(images, breast) for function in ATTRIBUTES.values()], axis=1)


def reduced(images: Images, height: int, width: int) -> Images:
    """Return images area-averaged to height x width, which divide their size."""
    n, high, wide = images.shape
    if (high, wide) == (height, width):
        return images
    if high % height or wide % width:
        raise ValueError(f"{high}x{wide} images cannot be averaged to {height}x{width}")
    blocks = images.reshape(n, height, high // height, width, wide // width)
    means: Images = blocks.mean(axis=(2, 4), dtype=np.float32)
    return means


def _over(values: Images, where: Mask) -> Values:
    """Return the mean of values where a mask is set, 0 where it is empty."""
    count = np.maximum(where.sum(axis=(1, 2)), 1)
    total: Values = np.where(where, values, 0).sum(axis=(1, 2), dtype=np.float64) / count
    return total


@_attribute("breast area")
def _area(images: Images, breast: Mask) -> Values:
    """Share of the image that is breast."""
    share: Values = breast.mean(axis=(1, 2), dtype=np.float64)
    return share


@_attribute("width to height")
def _shape(images: Images, breast: Mask) -> Values:
    """Depth from the chest wall over extent along it."""
    deep = breast.any(axis=1).sum(axis=1) / breast.shape[2]
    tall = breast.any(axis=2).sum(axis=1) / breast.shape[1]
    ratio: Values = deep / np.maximum(tall, 1 / breast.shape[1])
    return ratio


@_attribute("percent density")
def _density(images: Images, breast: Mask) -> Values:
    """Share of the breast above Otsu's threshold (1979) between fat and dense tissue."""
    bins = np.clip(((images + 1) / 2 * BINS).astype(np.intp), 0, BINS - 1)
    n = len(images)
    flat = (np.arange(n)[:, None, None] * BINS + bins)[breast]
    counts = np.bincount(flat, minlength=n * BINS).reshape(n, BINS).astype(np.float64)
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    below = np.cumsum(counts, axis=1) / total
    moment = np.cumsum(counts * np.arange(BINS), axis=1) / total
    apart = (moment[:, -1:] * below - moment) ** 2 / np.maximum(below * (1 - below), 1e-9)
    cut = np.argmax(apart, axis=1)
    share: Values = np.where(counts.any(axis=1), 1 - below[np.arange(n), cut], 0.0)
    return share


@_attribute("brightness")
def _brightness(images: Images, breast: Mask) -> Values:
    """Mean inside the breast."""
    return _over(images + 1, breast)


@_attribute("contrast")
def _contrast(images: Images, breast: Mask) -> Values:
    """Spread inside the breast: one standard deviation."""
    mean = _over(images, breast)[:, None, None]
    spread: Values = np.sqrt(_over((images - mean).astype(np.float32) ** 2, breast))
    return spread


@_attribute("texture")
def _texture(images: Images, breast: Mask) -> Values:
    """Root mean square of what a 3x3 mean takes away, inside the breast less its rim."""
    fine = images - ndimage.uniform_filter(images, (0, 3, 3))
    inner = ndimage.binary_erosion(breast, np.ones((1, 5, 5), bool), border_value=1)
    energy: Values = np.sqrt(_over(fine**2, inner))
    return energy


@_attribute("edge sharpness")
def _sharpness(images: Images, breast: Mask) -> Values:
    """Mean gradient along the skin line."""
    across = np.gradient(images, axis=(1, 2))
    slope = np.hypot(*across).astype(np.float32)
    grown = ndimage.binary_dilation(breast, np.ones((1, 3, 3), bool))
    rim = grown & ~ndimage.binary_erosion(breast, np.ones((1, 3, 3), bool), border_value=1)
    return _over(slope, rim)


@_attribute("nipple depth")
def _nipple(images: Images, breast: Mask) -> Values:
    """How far the breast reaches from the chest wall beyond nine tenths of its rows."""
    columns = np.arange(1, breast.shape[2] + 1)
    depth = (breast * columns).max(axis=2).astype(np.float64) / breast.shape[2]
    beyond: Values = depth.max(axis=1) - np.quantile(depth, 0.9, axis=1)
    return beyond

"""Laplacian pyramid by the 5x5 binomial filter (Burt and Adelson 1983), any image shape."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


def _filtered(x: NDArray[np.float32], gain: float = 1.0) -> NDArray[np.float32]:
    for axis in (-2, -1):
        x = ndimage.convolve1d(x, BINOMIAL * gain, axis=axis, mode="mirror")
    return x


def halved(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images, (..., h, w), low-passed and every second pixel of them."""
    small: NDArray[np.float32] = _filtered(x)[..., ::2, ::2]
    return small


def doubled(x: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return images enlarged to `shape` by zero insertion and the same filter."""
    large = np.zeros(shape, np.float32)
    large[..., ::2, ::2] = x
    return _filtered(large, gain=2.0)


def laplacian(x: NDArray[np.float32], levels: int) -> list[NDArray[np.float32]]:
    """Return band-pass images of (..., h, w), finest first; the last is what remains."""
    bands = []
    for _ in range(levels - 1):
        small = halved(x)
        bands.append(x - doubled(small, x.shape))
        x = small
    return [*bands, x]

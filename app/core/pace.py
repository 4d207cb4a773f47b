"""How fast to walk from one exam to another."""

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-9  #: levels of grey: less is no change, and slopes over it would be infinite


def strides(frames: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return the mean absolute difference of each frame from the last, (n - 1,), of (n, h, w)."""
    values = np.asarray(frames, np.float64)
    steps: NDArray[np.float64] = np.abs(np.diff(values, axis=0)).mean(axis=(1, 2))
    return steps


def even(share: float, steps: NDArray[np.float64]) -> float:
    """Return the place, 0 to 1, by which `share` of all that changes on a walk has changed.

    `steps` are the strides of equally spaced frames; where nothing changes places are shares.
    """
    told = np.where(steps < LEAST, 0.0, steps)
    way = np.concatenate([[0.0], np.cumsum(told)])
    if way[-1] <= 0:
        return share
    return float(np.interp(share * way[-1], way, np.linspace(0, 1, way.size)))


def bounced(share: float) -> float:
    """Return the place on a way there and back of a share that grows without end."""
    part = share % 2
    return part if part <= 1 else 2 - part

"""Locks that hold as measured.

A direction is straight and an attribute's levels are not: however free of a locked direction a move
is, it changes the locked attribute somewhat. What is measured of that is taken back along the
locked directions, which by the linear model change nothing that is asked for.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.float64]

TRIES = 4  #: pictures drawn and measured at most; a slider in motion waits for them
NEAR = 0.05  #: steps, that is deviations of the attribute: near enough
STRIDE, FURTHEST = 1.0, 3.0  #: steps at once, and in all
DIGITS = 2  #: decimals kept: what the number of threads changes must not change a picture


def corrected(off: Callable[[Amounts], Amounts], count: int) -> Amounts:
    """Return the amounts, (count,), in steps, by which locked directions hold best.

    `off` draws and measures by how many steps locked attributes are off, (count,), when their
    directions are moved by the amounts. Broyden's method (1965), begun from what they promise
    (a step changes its attribute by one, and no other); the best try counts.
    """
    at: Amounts = np.zeros(count)
    slope: Amounts = np.eye(count)
    best, least = at, np.inf
    here = off(at)
    for tried in range(1, TRIES + 1):
        if (far := float(np.abs(here).max())) < least:
            best, least = at, far
        if far < NEAR or tried == TRIES:
            break
        step = np.clip(-slope @ here, -STRIDE, STRIDE)
        to: Amounts = np.round(np.clip(at + step, -FURTHEST, FURTHEST), DIGITS).astype(np.float64)
        if np.array_equal(to, at):
            break
        there = off(to)
        slope = _learnt(slope, to - at, there - here)
        at, here = to, there
    return best


def _learnt(slope: Amounts, step: Amounts, change: Amounts) -> Amounts:
    """Return the inverse of the slope, (k, k), brought to agree with what a step changed."""
    seen = slope @ change
    size = float(step @ seen)
    if abs(size) < 1e-3:
        return slope
    learnt: Amounts = slope + np.outer(step - seen, step @ slope) / size
    return learnt

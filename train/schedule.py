"""Which rung is trained, and how far it has faded in: a pure function of the images shown.

A rung may be left early, once its pictures stop improving. Such a decision is written down as the
number of images shown when it fell (`ends`), so that the stage stays a function of numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the ladder is climbed; thousands of images by rung, the last entry holds above.

    Rung `start` is held, then each next rung is faded in and held, up to `top`, which is held
    until training ends. With `patience`, `hold_kimg` is the longest a rung is held: it is left
    once so many measurements in a row, each `measure_kimg` apart, have brought no `gain`.
    """

    start: int = 0
    top: int = 8
    fade_kimg: tuple[float, ...] = (600.0,)
    hold_kimg: tuple[float, ...] = (600.0,)
    patience: int = 0  #: measurements without gain before a rung is left; 0 holds to the end
    gain: float = 0.02  #: least relative fall of the sliced Wasserstein distance
    least_kimg: float = 0.0  #: a rung is held at least so long
    measure_kimg: float = 10.0  #: a measurement this often, once a rung has faded in
    measure_images: int = 2048  #: reals and fakes per measurement, at most

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.top:
            raise ValueError(
                f"growth from rung {self.start} to {self.top}; start must not be above"
            )
        if min(self.fade_kimg) < 0 or min(self.hold_kimg) <= 0:
            raise ValueError("growth: fade_kimg is at least 0 and hold_kimg above 0")
        if self.patience < 0 or not 0 <= self.gain < 1 or self.least_kimg < 0:
            raise ValueError("growth: patience, least_kimg are at least 0, gain from 0 to below 1")
        if self.measure_kimg <= 0 or self.measure_images < 8:
            raise ValueError("growth: measure_kimg is above 0 and measure_images at least 8")

    def fade(self, rung: int) -> int:
        """Return the images over which a rung fades in."""
        if rung == self.start:
            return 0
        return round(1000 * self.fade_kimg[min(rung, len(self.fade_kimg) - 1)])

    def hold(self, rung: int) -> int:
        """Return the images for which a rung is trained once it has faded in, at most."""
        return round(1000 * self.hold_kimg[min(rung, len(self.hold_kimg) - 1)])

    @property
    def total(self) -> int:
        """Images from the first to the end of the top rung's hold, if no rung is left early."""
        return total(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The rung being trained, how far it has faded in (0 to 1), and where the rung ends."""

    rung: int
    alpha: float
    ends_at: int  #: images shown when the next rung begins, or training ends


def bounds(growth: Growth, ends: Sequence[int] = ()) -> list[tuple[int, int, int]]:
    """Return for each rung the images shown when it begins, when it has faded in, when it ends.

    `ends` holds, from the first rung on, the images shown when a rung was left.
    """
    begin, found = 0, []
    for place, rung in enumerate(range(growth.start, growth.top + 1)):
        full = begin + growth.fade(rung)
        end = ends[place] if place < len(ends) else full + growth.hold(rung)
        found.append((begin, full, end))
        begin = end
    return found


def total(growth: Growth, ends: Sequence[int] = ()) -> int:
    """Return the images shown when training ends, given the rungs left so far."""
    return bounds(growth, ends)[-1][2]


def lasting(growth: Growth, images: int) -> Growth:
    """Return the growth with its top rung held on until at least so many images are shown."""
    more = images - growth.total
    if more <= 0:
        return growth
    holds = [growth.hold(rung) for rung in range(growth.top + 1)]
    holds[-1] += more
    return replace(growth, hold_kimg=tuple(hold / 1000 for hold in holds))


def stage_at(images: int, growth: Growth, ends: Sequence[int] = ()) -> Stage:
    """Return the stage after so many images shown, given the rungs left so far."""
    found = bounds(growth, ends)
    for place, (begin, full, end) in enumerate(found):
        if images < end or place == len(found) - 1:
            alpha = 1.0 if full == begin else min(1.0, (images - begin) / (full - begin))
            return Stage(rung=growth.start + place, alpha=alpha, ends_at=end)
    raise AssertionError("the top rung never ends")


def settled(values: Sequence[float], growth: Growth) -> bool:
    """Say whether measurements of a rung, oldest first, lower is better, have stopped improving.

    True when none of the last `patience` lies below the best before by the relative `gain`.
    """
    if not growth.patience or len(values) <= growth.patience:
        return False
    best = values[0]
    since = 0
    for value in values[1:]:
        if value < best * (1 - growth.gain):
            best, since = value, 0
        else:
            since += 1
    return since >= growth.patience

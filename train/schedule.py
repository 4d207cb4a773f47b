"""Which rung is trained, and how far it has faded in: a pure function of the images shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the ladder is climbed; thousands of images by rung, the last entry holds above.

    Rung `start` is held, then each next rung is faded in and held, up to `top`, which is held
    until training ends.
    """

    start: int = 0
    top: int = 8
    fade_kimg: tuple[float, ...] = (600.0,)
    hold_kimg: tuple[float, ...] = (600.0,)

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.top:
            raise ValueError(
                f"growth from rung {self.start} to {self.top}; start must not be above"
            )
        if min(self.fade_kimg) < 0 or min(self.hold_kimg) <= 0:
            raise ValueError("growth: fade_kimg is at least 0 and hold_kimg above 0")

    def fade(self, rung: int) -> int:
        """Return the images over which a rung fades in."""
        if rung == self.start:
            return 0
        return round(1000 * self.fade_kimg[min(rung, len(self.fade_kimg) - 1)])

    def hold(self, rung: int) -> int:
        """Return the images for which a rung is trained once it has faded in."""
        return round(1000 * self.hold_kimg[min(rung, len(self.hold_kimg) - 1)])

    @property
    def total(self) -> int:
        """Images from the first to the end of the top rung's hold."""
        return sum(self.fade(r) + self.hold(r) for r in range(self.start, self.top + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The rung being trained, how far it has faded in (0 to 1), and where the rung ends."""

    rung: int
    alpha: float
    ends_at: int  #: images shown when the next rung begins


def stage_at(images: int, growth: Growth) -> Stage:
    """Return the stage after so many images shown."""
    begin = 0
    for rung in range(growth.start, growth.top + 1):
        fade = growth.fade(rung)
        end = begin + fade + growth.hold(rung)
        if images < end or rung == growth.top:
            alpha = 1.0 if fade == 0 else min(1.0, (images - begin) / fade)
            return Stage(rung=rung, alpha=alpha, ends_at=end)
        begin = end
    raise AssertionError("the top rung never ends")

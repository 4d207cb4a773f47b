"""The Grayscale Standard Display Function, and how far a screen is from it.

PS3.14 section 7.1: just-noticeable differences j from 1 to 1023 are luminances of 0.05 to
3993 cd/m2. The deviation is that of AAPM TG18 (2005), section 4.3.4: contrast per JND between
neighbouring measured grey levels, against what the function has between the same levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.language import tr

DARKEST, BRIGHTEST = 0.05, 3993.404  #: cd/m2 at the first and the last JND
#: numerator and denominator of log10 luminance, over powers of ln j
_ABOVE = (-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3)
_BELOW = (1.0, -2.5840191e-2, -1.0320229e-1, 2.8745620e-2, -3.1978977e-3, 1.2992634e-4)
#: JND over powers of log10 luminance
_INVERSE = (
    71.498068,
    94.593053,
    41.912053,
    9.8247004,
    0.28175407,
    -1.1878455,
    -0.18014349,
    0.14710899,
    -0.017046845,
)
GREYS = tuple(range(0, 256, 15))  #: the 18 grey levels of TG18-LN
DIAGNOSTIC, OTHER = 0.10, 0.20  #: largest deviation of contrast (AAPM TG18, section 4.3.4)
LEAST_WHITE = 420.0  #: cd/m2, for mammography (ACR-AAPM-SIIM technical standard)
LEAST_RATIO = 250.0  #: white to black, ambient light included (same)


def luminance(jnd: ArrayLike) -> NDArray[np.float64]:
    """Return the luminance in cd/m2 of JND indices from 1 to 1023."""
    log = np.log(np.asarray(jnd, float))
    return np.power(10.0, _poly(_ABOVE, log) / _poly(_BELOW, log))


def jnd_index(candela: ArrayLike) -> NDArray[np.float64]:
    """Return the JND index of luminances in cd/m2 from 0.05 to 3993."""
    return _poly(_INVERSE, np.log10(np.asarray(candela, float)))


def target(black: float, white: float, greys: Sequence[int] = GREYS) -> NDArray[np.float64]:
    """Return the luminance each 8-bit grey level should have between a black and a white."""
    low, high = jnd_index([black, white])
    return luminance(low + np.asarray(greys) / 255 * (high - low))


def _poly(coefficients: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.polynomial.polynomial.polyval(x, np.asarray(coefficients)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """How luminances measured at rising grey levels follow the function."""

    greys: tuple[int, ...]
    measured: tuple[float, ...]  #: cd/m2, ambient light included
    target: tuple[float, ...]  #: cd/m2, between the same black and white
    contrast: tuple[float, ...]  #: relative deviation of contrast from each level to the next

    @property
    def worst(self) -> float:
        """The largest deviation of contrast, as a fraction."""
        return max(abs(one) for one in self.contrast)

    @property
    def ratio(self) -> float:
        """Luminance of white over that of black."""
        return self.measured[-1] / self.measured[0]

    @property
    def steps(self) -> float:
        """Just-noticeable differences between black and white."""
        low, high = jnd_index([self.measured[0], self.measured[-1]])
        return float(high - low)

    @property
    def verdict(self) -> str:
        """What the numbers are good for: `diagnostic`, `other` or `neither`."""
        if self.worst > OTHER:
            return "neither"
        bright = self.measured[-1] >= LEAST_WHITE and self.ratio >= LEAST_RATIO
        return "diagnostic" if self.worst <= DIAGNOSTIC and bright else "other"


def conformance(
    greys: Sequence[int], measured: Sequence[float], ambient: float = 0.0
) -> Conformance:
    """Judge luminances in cd/m2 that a meter read at rising 8-bit grey levels.

    `ambient` is what the dark screen reflects, added to each. ValueError when there are fewer than
    three, they do not rise, or lie outside the function.
    """
    if len(greys) != len(measured) or len(greys) < 3 or greys[0] != 0 or greys[-1] != 255:
        raise ValueError(tr("Measure at least black (0), one grey, and white (255)"))
    shown = np.asarray(measured, float) + ambient
    for grey, one in zip(greys, shown, strict=True):
        if not DARKEST <= one <= BRIGHTEST:
            raise ValueError(
                tr(
                    "grey {grey}: {value} cd/m²; screens have {low} to {high}",
                    grey=grey,
                    value=f"{one:g}",
                    low=DARKEST,
                    high=round(BRIGHTEST),
                )
            )
    for before, after, low, high in zip(greys, greys[1:], shown, shown[1:], strict=False):
        if high <= low:
            raise ValueError(
                tr(
                    "grey {after} is not brighter than grey {before}: {high} after {low} cd/m²",
                    after=after,
                    before=before,
                    high=f"{high:g}",
                    low=f"{low:g}",
                )
            )
    wanted = target(float(shown[0]), float(shown[-1]), greys)
    return Conformance(
        greys=tuple(greys),
        measured=tuple(map(float, shown)),
        target=tuple(map(float, wanted)),
        contrast=tuple(map(float, _contrast(shown) / _contrast(wanted) - 1)),
    )


def _contrast(candela: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the relative contrast of each level to the next; JNDs apart are the same for both."""
    return 2 * np.diff(candela) / (candela[1:] + candela[:-1])

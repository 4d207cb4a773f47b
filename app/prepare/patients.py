"""Which images show one exposure, which are of one patient, and who is held out.

Whatever links two images puts them into one patient: the identifier, the exam, or one exposure in
two files. A patient is in the training part or held out as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from app.prepare.work import FINE, Seen

#: Two files of one side and view are looked at closely when their 20x16 versions correlate so well.
#: Of 398 CDD-CESM files, the 39 known twins reach 0.973 and more, all other pairs at most 0.953.
ALIKE = 0.95
#: They show one exposure when their fine structure correlates so well where it fits best. Of the
#: same files, the twins reach 0.84 and more, 1,454 other pairs that are alike at most 0.26.
SAME = 0.6
SHIFT = 12  #: pixels at 160x128 by which the crops of one exposure may differ
CLOSEST = 32  #: images looked at closely for each: many of one phantom would take for ever
BLOCK = 256
Fine = Callable[[str], NDArray[np.uint8]]
Link = tuple[str, str]


def twins(seen: Mapping[str, Seen], fine: Fine) -> dict[str, str]:
    """Return each file that shows the same exposure as another one, with the file that is kept.

    The file with most pixels is kept, the first in order of `seen` among equals.
    """
    found: dict[str, str] = {}
    groups: dict[tuple[str, str], list[str]] = {}
    for location, one in seen.items():
        groups.setdefault((one.side, one.view), []).append(location)
    for group in groups.values():
        group.sort(key=lambda location: -seen[location].size)  # stable: the order decides ties
        thumbs = np.stack([thumbnail(fine(location)) for location in group])
        for at, candidates in _alike(thumbs):
            mine = structure(fine(group[at]))
            kept = [group[other] for other in candidates if group[other] not in found]
            for other in kept[:CLOSEST]:
                if agreement(mine, structure(fine(other))) >= SAME:
                    found[group[at]] = other
                    break
    return found


def labels(seen: Mapping[str, Seen], twins: Mapping[str, str]) -> dict[str, Seen]:
    """Return what was seen, density, vendor and age filled in from twins where they are missing."""
    known = dict(seen)
    for left_out, kept in twins.items():
        one, other = known[kept], seen[left_out]
        known[kept] = replace(
            one,
            density=one.density or other.density,
            vendor=one.vendor or other.vendor,
            age=one.age or other.age,
        )
    return known


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the 20x16 version of a fine image as a vector of zero mean and unit length."""
    cells = image.reshape(20, FINE[0] // 20, 16, FINE[1] // 16)
    flat = cells.mean(axis=(1, 3), dtype=np.float32).ravel()
    flat = flat - flat.mean()
    unit: NDArray[np.float32] = flat / np.float32(max(float(np.linalg.norm(flat)), 1e-6))
    return unit


def _alike(thumbs: NDArray[np.float32]) -> Iterable[tuple[int, list[int]]]:
    """Yield each row that earlier rows are alike to, with those, the most alike first."""
    for first in range(0, len(thumbs), BLOCK):
        block = thumbs[first : first + BLOCK]
        found: list[list[tuple[float, int]]] = [[] for _ in block]
        for other in range(0, first + len(block), 16 * BLOCK):
            close = block @ thumbs[other : min(other + 16 * BLOCK, first + len(block))].T
            for i, j in zip(*np.nonzero(close >= ALIKE), strict=True):
                if other + j < first + i:
                    found[i].append((-float(close[i, j]), int(other + j)))
        for i, candidates in enumerate(found):
            if candidates:
                yield first + i, [place for _, place in sorted(candidates)]


def structure(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the texture of a fine image, skin line left out: detail between 1 and 3 pixels."""
    grey = image.astype(np.float32)
    inside = ndimage.binary_erosion(image > 12, iterations=6)
    band = ndimage.gaussian_filter(grey, 1) - ndimage.gaussian_filter(grey, 3)
    texture: NDArray[np.float32] = np.where(inside, band, np.float32(0))
    return texture


def agreement(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the best correlation of two textures under small shifts, -1 to 1."""
    size = (2 * FINE[0], 2 * FINE[1])
    cross = fft.irfft2(fft.rfft2(one, size) * np.conj(fft.rfft2(other, size)), size)
    near = np.r_[-SHIFT : SHIFT + 1]
    length = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float(cross[np.ix_(near, near)].max()) / max(length, 1e-6)


def joined(locations: Iterable[str], links: Iterable[Link]) -> dict[str, str]:
    """Return for each location the first one that a chain of links leads to."""
    order = {location: number for number, location in enumerate(locations)}
    head = {location: location for location in order}

    def top(location: str) -> str:
        while head[location] != location:
            head[location] = location = head[head[location]]
        return location

    for one, other in links:
        a, b = sorted((top(one), top(other)), key=order.__getitem__)
        head[b] = a
    return {location: top(location) for location in order}


def same(seen: Mapping[str, Seen], key: Callable[[Seen], str]) -> list[Link]:
    """Return links between images of which a key says the same."""
    first: dict[str, str] = {}
    return [(first.setdefault(key(one), location), location) for location, one in seen.items()]


def held_out(seen: Mapping[str, Seen], patient: Mapping[str, str], share: float) -> set[str]:
    """Return the patients, by their first image, that are held out: about that share of them.

    A patient's hash decides, so that she stays where she is when the set is prepared again with
    more images. Of several identifiers the one most images bear decides, the first among equals.
    """
    names: dict[str, Counter[str]] = {}
    for location, one in seen.items():
        names.setdefault(patient[location], Counter())[one.patient] += 1
    chosen = {person: max(count, key=count.__getitem__) for person, count in names.items()}
    return {person for person, name in chosen.items() if int(name[:8], 16) / 2**32 < share}


def numbered(keys: Sequence[str]) -> dict[str, str]:
    """Return a number, as text, for each key in the order of first appearance."""
    return {key: str(number) for number, key in enumerate(dict.fromkeys(keys), start=1)}

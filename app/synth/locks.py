"""Moves that leave locked directions as they are: refused, or held by what is measured."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from app.core.recipe import LatentPoint
    from gan.checkpoint import Directions
    from gan.latent import Latent

Seen = Callable[["Latent"], NDArray[np.float64]]  #: attributes, (k,), of the exam at a latent
KEPT = 256  #: outcomes: a slider in motion, its thumbnails and the full picture ask for the same


class Locks:
    """Moves latents along a model's directions; asks for pictures only when something is locked."""

    def __init__(self, directions: "Directions") -> None:
        from gan.attributes import ATTRIBUTES

        self._steps, self._facts = directions.steps, directions.facts
        self._column = {
            k: list(ATTRIBUTES).index(f.name)
            for k, f in enumerate(self._facts)
            if f.kind == "measured" and f.spread and f.name in ATTRIBUTES
        }
        self._kept: OrderedDict[Hashable, NDArray[np.float64]] = OrderedDict()
        self._last: tuple[Hashable, NDArray[np.float64]] = None, np.zeros(len(self._steps))

    def free_share(self, direction: int, locked: tuple[int, ...]) -> float:
        """Return the share, 0 to 1, of a direction that is free of the locked ones."""
        from gan.latent import left_of

        return left_of(self._steps, direction, locked)

    def moved(
        self, z: "Latent", point: "LatentPoint", seen: Seen | None, key: Hashable
    ) -> "Latent":
        """Return a latent, (d,), with the edits of a point; locked attributes stay as measured.

        What was found is kept under `key`. Without `seen`, for a hand in motion, nothing is
        measured: what was last taken back for the same exam and locks is taken back again.
        ValueError when too little of a direction is left.
        """
        asked = [k for k, amount in enumerate(point.edits) if amount and k not in point.locked]
        bound = [k for k in point.locked if k in self._column]
        if asked and point.locked:
            self._refuse(asked, point.locked)
        if not asked or not bound:
            return self._along(z, np.array(point.edits, np.float64), point)
        whole = np.zeros(len(self._steps))
        whole[: len(point.edits)] = point.edits
        exam = (point.seed, point.latent, point.aside, point.locked)
        if (amounts := self._kept.get(key)) is None:
            if seen is None:
                last, more = self._last
                return self._along(z, whole + more if last == exam else whole, point)
            amounts = self._held(z, whole, point, bound, seen)
            self._kept[key] = amounts
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._last = exam, amounts - whole
        return self._along(z, amounts, point)

    def _along(self, z: "Latent", amounts: NDArray[np.float64], point: "LatentPoint") -> "Latent":
        from gan.latent import moved

        return moved(z, self._steps, amounts.tolist(), point.locked)

    def _refuse(self, asked: list[int], locked: tuple[int, ...]) -> None:
        from gan.latent import LEAST_LEFT

        for k in asked:
            if k < len(self._facts) and (share := self.free_share(k, locked)) < LEAST_LEFT:
                name = self._facts[k].name
                raise ValueError(
                    f"only {100 * share:.0f} % of {name} is left beside what is locked; "
                    f"at least {100 * LEAST_LEFT:.0f} % is needed to move it"
                )

    def _held(
        self,
        z: "Latent",
        amounts: NDArray[np.float64],
        point: "LatentPoint",
        bound: list[int],
        seen: Seen,
    ) -> NDArray[np.float64]:
        """Return amounts of all directions at which locked attributes are as without the edits."""
        from gan.locks import corrected

        columns = [self._column[k] for k in bound]
        unit = np.array([self._facts[k].spread for k in bound], np.float64)
        rest = np.where(np.isin(np.arange(len(amounts)), point.locked), amounts, 0.0)
        goal = seen(self._along(z, rest, point))[columns]

        def at(more: NDArray[np.float64]) -> NDArray[np.float64]:
            whole = amounts.copy()
            whole[bound] += more
            return whole

        def off(more: NDArray[np.float64]) -> NDArray[np.float64]:
            now = seen(self._along(z, at(more), point))[columns]
            return np.asarray((now - goal) / unit, np.float64)

        return at(corrected(off, len(bound)))

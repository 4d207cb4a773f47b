"""The training images that are most like an image, and whether one is so near as to be a copy.

The test is that of `mammoscope evaluate`: breasts cut out, masked, turned to fit, compared by
correlation, the nearest again at small shifts and enlargements; features of random convolutions
name more candidates. It is calibrated against held-out images, and proves nothing more than that.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app import settings
from app.synth.quality import put

if TYPE_CHECKING:
    from gan.likeness import Cut
    from gan.trainset import TrainingSet

Grey = NDArray[np.float32]
Progress = Callable[[int, int], None]
SHOWN = 5
CANDIDATES = 10  #: named by features, compared as closely as the nearest by correlation
CHUNK = 32
CLEAR = "no near copy found by this test"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hit:
    """A training image that is like the one asked about."""

    name: str  #: in words: number, view, side
    picture: Grey  #: (rows, columns), 0 air to 1, chest wall at the left
    apart: float  #: 0 the same, 1.41 unrelated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """What the test says of one image."""

    hits: tuple[Hit, ...]
    ratio: float  #: distance to the nearest training by that to the nearest held-out image
    share: float  #: of held-out images, those as near to a training image as this one
    flagged: bool

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        if self.flagged:
            return (
                f"May be a copy: {self.ratio:.2f} of the distance to the nearest held-out image. "
                "Look at both."
            )
        return (
            f"{CLEAR.capitalize()}: {self.ratio:.2f} of the distance to the nearest held-out "
            f"image; {self.share:.0%} of held-out images are as near to a training image."
        )


class Library:
    """A prepared training set, ready to be compared with; opening takes a while the first time."""

    def __init__(
        self,
        folder: Path,
        rows: int,
        progress: Progress = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        from gan.likeness import Cut, nearness, refined
        from gan.trainset import open_set

        self.set: TrainingSet = open_set(folder)
        self.rung = max(r for r in range(self.set.rungs) if r == 0 or self.set.base[0] << r <= rows)
        train = np.array([record.split == "train" for record in self.set.records])
        if not train.any() or train.all():
            raise ValueError(f"{folder.name}: training and held-out images are needed, both")
        found = self._kept() or self._measured(progress, cancelled)
        cuts = Cut(found["grey"], found["mask"])
        self._trained = np.flatnonzero(train)
        self._train = Cut(*(part[train] for part in cuts))
        self._held = Cut(*(part[~train] for part in cuts))
        self._features = found["features"][train]
        coarse = nearness(self._held, self._train)
        self._usual = refined(self._held, self._train, coarse).apart.min(axis=1)

    def nearest(self, grey: Grey) -> Nearest:
        """Return what the test says of an image, (rows, columns), 0 air to 1, chest wall left."""
        from gan.breast import breast_mask
        from gan.features import features
        from gan.likeness import COPY, Cut, cuts_of, nearness, refined

        own = cuts_of([(grey, breast_mask(grey))])
        near = refined(own, self._train, nearness(own, self._train)).apart[0].copy()
        alike = _cosines(features(_at(grey, self._rows())[None])[0], self._features)
        for j in np.argsort(-alike)[:CANDIDATES]:
            one = Cut(*(part[j : j + 1] for part in self._train))
            near[j] = min(near[j], refined(own, one, nearness(own, one)).apart[0, 0])
        far = refined(own, self._held, nearness(own, self._held)).apart.min()
        ratio = float(near.min() / max(far, 1e-6))
        order = np.argsort(near, kind="stable")[:SHOWN]
        return Nearest(
            hits=tuple(self._hit(int(k), float(near[k])) for k in order),
            ratio=ratio,
            share=float((self._usual <= near.min()).mean()),
            flagged=ratio < COPY,
        )

    def _rows(self) -> int:
        return int(self.set.base[0] << self.rung)

    def _hit(self, place: int, apart: float) -> Hit:
        number = int(self._trained[place])
        record = self.set.records[number]
        picture = _grey(self.set.images(self.rung)[number])
        name = f"training image {number + 1}, {record.side}{record.view}"
        return Hit(name=name, picture=picture, apart=apart)

    def _measured(
        self, progress: Progress, cancelled: Callable[[], bool]
    ) -> dict[str, NDArray[np.float32]]:
        from gan.features import features
        from gan.likeness import cuts_of

        parts: list[tuple[Cut, NDArray[np.float32]]] = []
        images, total = self.set.images(self.rung), len(self.set.records)
        for start in range(0, total, CHUNK):
            if cancelled():
                raise ValueError("stopped before all training images were looked at")
            greys = [_grey(images[k]) for k in range(start, min(start + CHUNK, total))]
            parts.append((cuts_of(_masked(greys)), features(np.stack(greys))))
            progress(min(start + CHUNK, total), total)
        found = {
            "grey": np.concatenate([cut.grey for cut, _ in parts]),
            "mask": np.concatenate([cut.mask for cut, _ in parts]),
            "features": np.concatenate([seen for _, seen in parts]),
        }
        kept = io.BytesIO()
        values: dict[str, Any] = found
        np.savez(kept, **values)
        put(self._file(), kept.getvalue())
        return found

    def _file(self) -> Path:
        mark = self.set.fingerprint[:16]
        return settings.folder() / "models" / f"nearest-1-{mark}-{self.rung}.npz"

    def _kept(self) -> dict[str, NDArray[np.float32]] | None:
        try:
            with np.load(self._file()) as found:
                whole = {name: found[name] for name in ("grey", "mask", "features")}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return whole if all(len(x) == len(self.set.records) for x in whole.values()) else None


def _grey(pixels: Any) -> Grey:
    from gan.breast import as_grey

    return as_grey(np.asarray(pixels))


def _masked(greys: list[Grey]) -> Iterator[tuple[Grey, NDArray[np.bool_]]]:
    from gan.breast import breast_mask

    return ((grey, breast_mask(grey)) for grey in greys)


def _at(grey: Grey, rows: int) -> Grey:
    """Return an image area-averaged to so many rows, where it has a multiple of them."""
    factor = grey.shape[0] // rows
    if factor <= 1:
        return grey
    blocks = grey.reshape(rows, factor, grey.shape[1] // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _cosines(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of features with many others, each in deviations of those."""
    middle, spread = many.mean(axis=0), many.std(axis=0) + 1e-6
    a, b = (one - middle) / spread, (many - middle) / spread
    found: NDArray[np.float32] = b @ a / (np.linalg.norm(b, axis=1) * np.linalg.norm(a) + 1e-6)
    return found

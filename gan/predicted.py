"""What training records say, told from pictures: density class, age, vendor.

A ridge on features of random convolutions and the measured attributes, each less its view's mean.
Its penalty is chosen among training patients; what it is worth is told by held-out ones, and what
they do not bear out is dropped. These are predictions, never measurements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.attributes import Images, measure
from gan.features import features
from gan.images import from_stored
from gan.trainset import Record, TrainingSet

Numbers = NDArray[np.float64]
Which = NDArray[np.bool_]

LEAST_R2 = 0.1  #: on held-out patients; a prediction worth less is dropped
LEAST = 30  #: training images that say it, at least
FOLDS = 5
PENALTIES = tuple(10.0 ** np.arange(0, 6))  #: in units of one image
LEAST_SPREAD = 1e-6


def _density(record: Record) -> float | None:
    place = "abcd".find(record.density.lower()) if record.density else -1
    return None if place < 0 else float(place)


def _age(record: Record) -> float | None:
    return float(record.age) if record.age.isdigit() else None


#: What is predicted: number an image has in the records, or None. Vendors are added as they come.
TOLD: Mapping[str, Callable[[Record], float | None]] = {"density class": _density, "age": _age}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictor:
    """Tells one thing from pictures."""

    name: str
    r2: float  #: on held-out patients
    weights: Numbers
    middle: Mapping[str, Numbers]  #: mean features by view

    def __call__(self, seen: Numbers, view: str) -> Numbers:
        """Return the prediction, (n,), from what `described` gives, about the mean of the view."""
        told: Numbers = (seen - self.middle[view]) @ self.weights
        return told


def described(images: Images, air: float) -> Numbers:
    """Return features and attributes, (n, d), of images, (n, h, w) in [-1, 1]."""
    grey = np.ascontiguousarray((np.clip(images, -1, 1) + 1) / 2, np.float32)
    return np.concatenate([features(grey), measure(images, air)], axis=1).astype(np.float64)


def predictors(trainset: TrainingSet, rung: int, air: float) -> tuple[Predictor, ...]:
    """Return what can be predicted of images of a rung, by what the records of a set say."""
    records = trainset.records
    images = np.stack([from_stored(image) for image in trainset.images(rung)])
    seen = described(images.astype(np.float32), air)
    views = np.array([record.view for record in records])
    train = np.array([record.split == "train" for record in records])
    middle = {str(v): seen[train & (views == v)].mean(axis=0) for v in set(views[train].tolist())}
    known = np.isin(views, list(middle))
    spread = seen[train].std(axis=0) + LEAST_SPREAD
    off = np.stack([seen[k] - middle[v] if known[k] else 0 * spread for k, v in enumerate(views)])
    vendors = sorted({record.vendor for record in records if record.vendor})
    told = dict(TOLD) | {f"vendor {name}": _vendor(name) for name in vendors[1:]}
    found = []
    for name, say in told.items():
        said = np.array([np.nan if (v := say(r)) is None else v for r in records])
        use = known & np.isfinite(said)
        patients = np.array([record.patient for record in records])
        fit = _fitted(off / spread, said, patients, use & train, use & ~train)
        if fit is not None and fit[1] >= LEAST_R2:
            found.append(Predictor(name=name, r2=fit[1], weights=fit[0] / spread, middle=middle))
    return tuple(found)


def _vendor(name: str) -> Callable[[Record], float | None]:
    return lambda record: float(record.vendor == name) if record.vendor else None


def _fitted(
    x: Numbers, y: Numbers, patients: NDArray[np.str_], train: Which, held: Which
) -> tuple[Numbers, float] | None:
    """Return weights, (d,), and R2 on held-out images; None where too little is said."""
    if train.sum() < LEAST or held.sum() < 2 or y[train].std() == 0 or y[held].std() == 0:
        return None
    fold = np.unique(patients[train], return_inverse=True)[1] % FOLDS
    a, b = x[train], y[train]
    errors = [
        sum(
            float(((b[fold == k] - _Ridge(a[fold != k], b[fold != k], p)(a[fold == k])) ** 2).sum())
            for k in range(FOLDS)
        )
        for p in PENALTIES
    ]
    fit = _Ridge(a, b, PENALTIES[int(np.argmin(errors))])
    off = y[held] - b.mean()
    return fit.weights, 1 - float(((y[held] - fit(x[held])) ** 2).sum() / (off**2).sum())


class _Ridge:
    """A fit in as many unknowns as there are images."""

    def __init__(self, x: Numbers, y: Numbers, penalty: float) -> None:
        self.mean = float(y.mean())
        kernel = x @ x.T / x.shape[1] + penalty / len(x) * np.eye(len(x))
        self.weights: Numbers = x.T @ np.linalg.solve(kernel, y - self.mean) / x.shape[1]

    def __call__(self, x: Numbers) -> Numbers:
        """Return what is predicted, (n,)."""
        return self.mean + x @ self.weights

"""Batches from a training set; which images a step sees is a pure function of seed and step."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan.images import from_stored
from gan.labels import indices
from gan.shards import Images, Pixels
from gan.trainset import TrainingSet
from train.config import TrainConfig

HELD_BYTES = 2**31  #: a rung of at most this size is held in memory, a larger one stays on disk


class Reals:
    """The training images of one rung, handed out by place in the epoch.

    `labels` are the views asked for, all when empty; an image's label is its view's place in them.
    With `pairs`, an image has two channels: CC and MLO of one breast in one exam, and the label is
    0. `records[i]` are the records, one or two, of place i.
    """

    def __init__(
        self, data: TrainingSet, labels: tuple[str, ...], seed: int, *, pairs: bool = False
    ) -> None:
        self.data, self.seed = data, seed
        rows = _pairs(data) if pairs else _singles(data, labels)
        if not rows:
            what = "breast with both CC and MLO" if pairs else f"image of view {', '.join(labels)}"
            raise ValueError(f"{data.folder.name}: no training {what}")
        self.rows = np.array(rows, np.int64)  #: (n, channels): which images of the set
        self.records = tuple(tuple(data.records[i] for i in row) for row in rows)
        named = labels and not pairs
        self.labels = np.array([labels.index(r[0].view) if named else 0 for r in self.records])
        self.rung = -1
        self.pixels: Images | Pixels = np.zeros((0, 0, 0), np.uint8)

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, rung: int, shown: int, size: int) -> tuple[Tensor, Tensor]:
        """Return images, (size, channels, h, w) in [-1, 1], and labels, after so many shown."""
        if rung != self.rung:
            images = self.data.images(rung)
            self.pixels = images[:] if images.nbytes <= HELD_BYTES else images
            self.rung = rung
        at = np.array([self._place(shown + k) for k in range(size)])
        rows = self.rows[at]
        x = torch.from_numpy(from_stored(self.pixels[rows.ravel()]))
        return x.reshape(*rows.shape, *x.shape[1:]), torch.from_numpy(self.labels[at])

    def _place(self, shown: int) -> int:
        epoch, within = divmod(shown, len(self.rows))
        return int(_order(self.seed, epoch, len(self.rows))[within])


def reals_of(data: TrainingSet, config: TrainConfig) -> Reals:
    """Return the training images, each with a label of all kinds the networks are told."""
    network = config.network
    reals = Reals(data, network.labels, config.seed, pairs=network.pair)
    if network.label_width:
        told = [
            indices(network, {"view": r.view, "density": r.density, "vendor": r.vendor})
            for r, *_ in reals.records
        ]
        reals.labels = np.array(told, np.int64)
    return reals


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)


def _singles(data: TrainingSet, labels: tuple[str, ...]) -> list[tuple[int, ...]]:
    return [
        (i,)
        for i, record in enumerate(data.records)
        if record.split == "train" and (not labels or record.view in labels)
    ]


def _pairs(data: TrainingSet) -> list[tuple[int, ...]]:
    """Return (CC, MLO) of each breast that has both, the first of each where there are more."""
    breasts: dict[tuple[str, str, str], dict[str, int]] = {}
    for i, record in enumerate(data.records):
        if record.split == "train":
            key = (record.patient, record.exam, record.side)
            breasts.setdefault(key, {}).setdefault(record.view, i)
    return [(b["CC"], b["MLO"]) for b in breasts.values() if {"CC", "MLO"} <= set(b)]


def faded(x: Tensor, alpha: float) -> Tensor:
    """Return reals seen as the networks see them in mid-fade: mixed with their halved selves."""
    if alpha >= 1.0:
        return x
    low = torch.nn.functional.avg_pool2d(x, 2)
    return torch.lerp(
        torch.nn.functional.interpolate(low, scale_factor=2, mode="nearest"), x, alpha
    )

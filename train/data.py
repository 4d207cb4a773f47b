"""Batches from a training set; which images a step sees is a pure function of seed and step."""

import numpy as np
import torch
from torch import Tensor

from gan.images import from_stored
from gan.trainset import TrainingSet


class Reals:
    """The training images of one rung, in memory as stored, handed out by place in the epoch."""

    def __init__(self, data: TrainingSet, labels: tuple[str, ...], seed: int) -> None:
        self.data = data
        self.seed = seed
        chosen = [
            (i, labels.index(record.view) if labels else 0)
            for i, record in enumerate(data.records)
            if record.split == "train" and (not labels or record.view in labels)
        ]
        if not chosen:
            raise ValueError(f"{data.folder.name}: no training image of view {', '.join(labels)}")
        self.rows = np.array([i for i, _ in chosen])
        self.labels = np.array([label for _, label in chosen])
        self.rung = -1
        self.pixels = np.zeros((0, 0, 0), np.uint8)

    def batch(self, rung: int, shown: int, size: int) -> tuple[Tensor, Tensor]:
        """Return images, (size, 1, h, w) in [-1, 1], and labels, after so many images shown."""
        if rung != self.rung:
            self.pixels = np.ascontiguousarray(self.data.images(rung)[self.rows])
            self.rung = rung
        at = np.array([self._place(shown + k) for k in range(size)])
        x = torch.from_numpy(from_stored(self.pixels[at])).unsqueeze(1)
        return x, torch.from_numpy(self.labels[at])

    def _place(self, shown: int) -> int:
        epoch, within = divmod(shown, len(self.rows))
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.rows))
        return int(order[within])


def faded(x: Tensor, alpha: float) -> Tensor:
    """Return reals seen as the networks see them in mid-fade: mixed with their halved selves."""
    if alpha >= 1.0:
        return x
    low = torch.nn.functional.avg_pool2d(x, 2)
    return torch.lerp(
        torch.nn.functional.interpolate(low, scale_factor=2, mode="nearest"), x, alpha
    )

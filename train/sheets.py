"""Sheets of pictures a run draws of itself: fixed latents in the hanging layout, and reals."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gan.images import to_stored, write_png
from gan.latent import from_seed, noise_maps, turned
from gan.networks import Generator
from train.config import TrainConfig
from train.data import Reals
from train.schedule import Stage

EXAMS = 8
HEIGHT = 160  #: pixels of one mammogram on a sheet, at least
DIFFERENCE = 0.15


def write_sheet(
    path: Path, source: Generator | Reals, config: TrainConfig, stage: Stage | None = None
) -> None:
    """Write eight exams, right beside left, CC over MLO, as one grey PNG."""
    if isinstance(source, Reals):
        cells = _reals(source, config)
    else:
        assert stage is not None
        cells = _fakes(source, config, stage)
    exams = [
        np.vstack([np.hstack(cells[i + k : i + k + 2]) for k in (0, 2)])
        for i in range(0, 4 * EXAMS, 4)
    ]
    half = EXAMS // 2
    framed = [np.pad(exam, 2, constant_values=40) for exam in exams]
    write_png(path, np.vstack([np.hstack(framed[:half]), np.hstack(framed[half:])]))


def _grey(x: NDArray[np.float32], mirrored: bool) -> NDArray[np.uint8]:
    grey = (to_stored(x) >> 8).astype(np.uint8)
    repeat = max(1, HEIGHT // grey.shape[0])
    large: NDArray[np.uint8] = np.repeat(np.repeat(grey, repeat, 0), repeat, 1)
    return large[:, ::-1] if mirrored else large


@torch.no_grad()
def _fakes(generator: Generator, config: TrainConfig, stage: Stage) -> list[NDArray[np.uint8]]:
    labels = config.network.labels
    size = config.network.latent
    z, label, mirrored, seeds = [], [], [], []
    for seed in range(EXAMS):
        right = from_seed(seed, size)
        for view in ("CC", "MLO"):
            for left in (False, True):
                z.append(turned(right, seed, DIFFERENCE) if left else right)
                label.append(labels.index(view) if view in labels else 0)
                mirrored.append(not left)
                seeds.append(2 * seed + left)
    maps = noise_maps(seeds, config.network.noise_sizes(stage.rung))
    latents = torch.from_numpy(np.stack(z))
    x = generator(latents, torch.tensor(label), stage.rung, stage.alpha, maps)
    return [_grey(image[0], flip) for image, flip in zip(x.numpy(), mirrored, strict=True)]


def _reals(reals: Reals, config: TrainConfig) -> list[NDArray[np.uint8]]:
    rung = min(config.growth.top, 5)
    x, _ = reals.batch(rung, 0, 4 * EXAMS)
    return [_grey(image[0], i % 2 == 0) for i, image in enumerate(x.numpy())]

"""Sheets of pictures a run draws of itself: fixed latents in the hanging layout, and reals."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan.config import NetworkConfig
from gan.images import to_stored, write_png
from gan.labels import wanted
from gan.latent import from_seed, noise_maps, turned
from gan.networks import Generator
from train.config import TrainConfig
from train.data import Reals
from train.schedule import Stage

EXAMS = 8
HEIGHT = 160  #: pixels of one mammogram on a sheet, at least; at most twice as many
DIFFERENCE = 0.15
AT_ONCE = 8  #: images drawn together, so that a large rung fits the memory
REALS_RUNG = 5

Grey = NDArray[np.uint8]


def write_fakes(path: Path, generator: Generator, stage: Stage) -> None:
    """Write eight exams of fixed seeds, right beside left, CC over MLO, as one grey PNG."""
    _write(path, _fakes(generator, stage))


def write_reals(path: Path, reals: Reals, config: TrainConfig) -> None:
    """Write real images of the first epoch in the same layout, each of another exam."""
    count = 4 * EXAMS // config.network.image_channels
    rung, views = min(config.growth.top, REALS_RUNG), config.network.labels
    x, label = reals.batch(rung, 0, max(count, min(3 * count, len(reals))))
    if {"CC", "MLO"} <= set(views):
        rows = [
            torch.nonzero(label.reshape(len(x), -1)[:, 0] == views.index(v)).flatten()
            for v in ("CC", "MLO")
        ]
        if min(map(len, rows)) >= 2 * EXAMS:
            pairs = [row[: 2 * EXAMS].reshape(EXAMS, 2) for row in rows]
            x = x[torch.cat(pairs, dim=1).flatten()]
    _write(path, list(_in_order(x[:count])))


def _write(path: Path, images: list[NDArray[np.float32]]) -> None:
    cells = [_cell(image, mirrored=i % 2 == 0) for i, image in enumerate(images)]
    exams = [
        np.vstack([np.hstack(cells[i + k : i + k + 2]) for k in (0, 2)])
        for i in range(0, 4 * EXAMS, 4)
    ]
    half = EXAMS // 2
    framed = [np.pad(exam, 2, constant_values=40) for exam in exams]
    beside = path.with_suffix(".part")
    write_png(beside, np.vstack([np.hstack(framed[:half]), np.hstack(framed[half:])]))
    beside.replace(path)  # a reader never sees half a picture


def _cell(x: NDArray[np.float32], *, mirrored: bool) -> Grey:
    """Return an image as 8-bit grey, pixels repeated or averaged to about the sheet's height."""
    height, width = x.shape
    if (times := height // (2 * HEIGHT)) > 1:
        x = x.reshape(height // times, times, width // times, times).mean(axis=(1, 3))
    grey = (to_stored(x) >> 8).astype(np.uint8)
    repeat = max(1, HEIGHT // grey.shape[0])
    large: Grey = np.repeat(np.repeat(grey, repeat, 0), repeat, 1)
    return large[:, ::-1] if mirrored else large


@torch.no_grad()
def _fakes(generator: Generator, stage: Stage) -> list[NDArray[np.float32]]:
    config = generator.config
    device = next(generator.parameters()).device
    images = []
    for z, label, seeds in _asked(config):
        maps = [m.to(device) for m in noise_maps(seeds, config.noise_sizes(stage.rung))]
        told = None if label is None else label.to(device)
        x = generator(z.to(device), told, stage.rung, stage.alpha, maps)
        images += list(_in_order(x.float().cpu()))
    return images


def _in_order(x: Tensor) -> NDArray[np.float32]:
    """Return images, (n, h, w), in the order of a sheet's cells; pairs are taken apart."""
    if x.shape[1] == 1:
        return np.asarray(x[:, 0].numpy())
    right_left = x.reshape(-1, 2, *x.shape[1:]).transpose(1, 2)
    return np.asarray(right_left.flatten(0, 2).numpy())


def _asked(config: NetworkConfig) -> Iterator[tuple[Tensor, Tensor | None, list[int]]]:
    """Yield latents, labels, noise seeds, few at a time: of each exam RCC, LCC, RMLO, LMLO.

    Of pairs, right and left. Densities and vendors are any where training withholds them, or else
    the first class.
    """
    z, rows, seeds = [], [], []
    rest = {} if config.label_dropout else {k: v[0] for k, v in config.label_kinds.items()}
    for seed in range(EXAMS):
        right = from_seed(seed, config.latent)
        for view in ("CC",) if config.pair else ("CC", "MLO"):
            for left in (False, True):
                z.append(turned(right, seed, DIFFERENCE) if left else right)
                rows.append({**rest, "view": view} if view in config.labels else rest)
                seeds.append(2 * seed + left)
    for at in range(0, len(z), AT_ONCE):
        several = slice(at, at + AT_ONCE)
        latents = torch.from_numpy(np.stack(z[several]))
        yield latents, wanted(config, rows[several]), seeds[several]

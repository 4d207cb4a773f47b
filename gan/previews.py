"""Heads for rungs below the last, fitted after training so that previews look like the picture.

While a ladder grows, the heads of lower rungs stop learning once the next rung has faded in, and
the features below them go on changing: what they draw drifts away. A linear map from the features
of a rung (and the image below it, where images are summed) to the full picture, area-averaged to
that size, is found by least squares.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gan.folded import folded
from gan.inference import Drawer
from gan.labels import every
from gan.latent import from_seed, noise_maps
from gan.layers import EqualConv
from gan.networks import Generator

FITTED = 128  #: exams to fit on
JUDGED = 32  #: other exams, which decide whether the fitted head or the trained one is kept
FIRST_SEED = 5000
RIDGE = 1e-5  #: weight of staying at the trained head, relative to the mean square of features


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Previews:
    """Heads by rung and how far their images are from the averaged picture.

    A head is weight, (image_channels, channels [+ image_channels]), and bias, (image_channels,).
    Errors are root mean squares on exams that were not fitted on, where air to white is 2.
    """

    heads: tuple[tuple[Tensor, Tensor], ...] = ()
    before: tuple[float, ...] = ()  #: with the heads as training left them
    after: tuple[float, ...] = ()


@torch.inference_mode()
def fitted(generator: Generator, *, fit: int = FITTED, judge: int = JUDGED) -> Previews:
    """Return heads for all rungs below the last; `fit` and `judge` are numbers of exams.

    The generator is on the CPU.
    """
    draw = Drawer(generator)
    trained = [_trained(generator, r) for r in range(generator.config.rungs - 1)]
    squares = [weight.new_zeros(len(weight), len(weight)) for weight in trained]
    products = [torch.zeros_like(weight) for weight in trained]
    for seed in range(FIRST_SEED, FIRST_SEED + fit):
        for r, (features, target) in enumerate(_seen(draw, seed)):
            squares[r] += features.T @ features
            products[r] += features.T @ target
    found = []
    for square, product, start in zip(squares, products, trained, strict=True):
        ridge = RIDGE * square.diagonal().mean() * torch.eye(len(square)).to(square)
        found.append(torch.linalg.solve(square + ridge, product + ridge @ start))
    return _judged(draw, trained, found, range(FIRST_SEED + fit, FIRST_SEED + fit + judge))


def _judged(draw: Drawer, trained: list[Tensor], found: list[Tensor], seeds: range) -> Previews:
    """Return the better head of each rung, and the errors of the trained and of the better ones."""
    errors = np.zeros((len(trained), 2))
    for seed in seeds:
        for r, (features, target) in enumerate(_seen(draw, seed)):
            for k, head in enumerate((trained[r], found[r])):
                errors[r, k] += float((features @ head - target).square().mean()) / len(seeds)
    heads = [
        one if e[0] < e[1] else two for e, one, two in zip(errors, trained, found, strict=True)
    ]
    return Previews(
        heads=tuple((_plain(head[:-1].T), _plain(head[-1])) for head in heads),
        before=tuple(np.sqrt(errors[:, 0]).tolist()),
        after=tuple(np.sqrt(errors.min(axis=1)).tolist()),
    )


def _plain(values: Tensor) -> Tensor:
    return values.to(torch.float32).clone(memory_format=torch.contiguous_format)


def _trained(generator: Generator, rung: int) -> Tensor:
    """Return the head a rung was trained with, (what `_seen` yields, image_channels)."""
    weight, bias = folded(cast("EqualConv", generator.to_image[rung]))
    parts = [weight[:, :, 0, 0].T, bias[None]]
    if rung and generator.config.output == "skip":
        parts.insert(1, torch.eye(generator.config.image_channels))
    return torch.cat(parts).double()


def _seen(draw: Drawer, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield, rung by rung, what a head sees and what it should draw, both (pixels, ...)."""
    config = draw.config
    z = torch.from_numpy(from_seed(seed, config.latent))[None]
    labels = every(config, seed - FIRST_SEED + 1)
    label = None if labels is None else labels[-1:]
    maps = noise_maps([seed], config.noise_sizes(config.rungs - 1))
    picture = draw(z, label, noise=maps)
    for r, (x_nhwc, below) in enumerate(draw.climb(z, label, maps)):
        parts = [x_nhwc, torch.ones_like(x_nhwc[..., :1])]
        if below is not None:
            parts.insert(1, below.permute(0, 2, 3, 1))
        features = torch.cat(parts, dim=-1).flatten(0, 2).double()
        small = F.avg_pool2d(picture, 2 ** (config.rungs - 1 - r))
        yield features, small.permute(0, 2, 3, 1).flatten(0, 2).double()

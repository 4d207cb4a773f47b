"""Features of a convolutional network with random weights: no downloaded weights, no training.

Numbers in them mean something only beside others in the same features, so every metric on them is
given with its real-vs-real value. Random weights tell textures and layouts apart well enough to
rank generators (Naeem et al. 2020 use them for domains far from ImageNet).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gan.breast import Grey

NAME = "random convolution"
ABOUT = (
    "mean and deviation of 32, 64 and 64 maps of three random convolutions (5x5, 3x3, 3x3, each "
    "halving, leaky rectifier, seed 20260), and the last one's means over a grid of 5x4; images "
    "area-averaged to at most 160 rows; each feature in deviations of the training images"
)
SEED = 20260
LAYERS = ((1, 32, 5), (32, 64, 3), (64, 64, 3))
HEIGHT = 160
BATCH = 32


@torch.inference_mode()
def features(grey: Grey) -> NDArray[np.float32]:
    """Return features, (n, 640 at most), of images, (n, h, w) in [0, 1]."""
    weights = _weights()
    parts = [
        _features(torch.from_numpy(grey[i : i + BATCH]), weights)
        for i in range(0, len(grey), BATCH)
    ]
    found: NDArray[np.float32] = torch.cat(parts).numpy()
    return found


def differences(a: Tensor, b: Tensor) -> Tensor:
    """Return how far the features of images, each (n, h, w) in [-1, 1], differ; (n,).

    The mean absolute difference in shares of the features' mean size.
    """
    weights = _weights()
    one, other = (_features((x + 1) / 2, weights) for x in (a, b))
    return (one - other).abs().mean(dim=1) / other.abs().mean(dim=1)


def _weights() -> list[Tensor]:
    draw = np.random.default_rng(SEED)
    return [
        torch.from_numpy(
            draw.standard_normal((outs, ins, k, k), np.float32) * math.sqrt(2 / (ins * k * k))
        )
        for ins, outs, k in LAYERS
    ]


def _features(grey: Tensor, weights: list[Tensor]) -> Tensor:
    x = grey.unsqueeze(1) * 2 - 1
    while x.shape[-2] > HEIGHT:
        x = F.avg_pool2d(x, 2)
    found = []
    for weight in weights:
        x = F.pad(x, (weight.shape[-1] // 2,) * 4, mode="replicate")
        x = F.leaky_relu(F.conv2d(x, weight, stride=2), 0.2)
        found += [x.mean((2, 3)), x.std((2, 3))]
    found.append(F.adaptive_avg_pool2d(x, (5, 4)).flatten(1))
    return torch.cat(found, dim=1)

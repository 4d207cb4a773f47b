"""Names for latent directions, from what they do to generated images."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gan.latent import Latent, from_seed, moved, noise_maps
from gan.networks import Generator

Measures = NDArray[np.float64]

#: Attributes measured on an image, in the order of `measure`; a direction is named after one.
ATTRIBUTES = ("breast area", "breast height", "brightness", "contrast", "fine texture")
GROUND = -0.9  #: above it there is breast
SAMPLES = 48
FAR = 2.0  #: standard deviations moved to either side


@torch.inference_mode()
def ground(generator: Generator, rung: int) -> float:
    """Return the network value up to which generated images show air, between -1 and -0.8.

    The highest value, but for one pixel in a hundred, in the outermost eighth at the nipple side
    of 48 exams: hardly any breast reaches there.
    """
    config = generator.config
    z = torch.from_numpy(np.stack([from_seed(1000 + i, config.latent) for i in range(SAMPLES)]))
    label = torch.arange(SAMPLES) % max(1, len(config.labels))
    maps = noise_maps(range(SAMPLES), config.noise_sizes(rung))
    images = generator(z, label, rung, noise=maps)
    outer = images[..., -max(1, images.shape[-1] // 8) :]
    return float(torch.quantile(outer.flatten(), 0.99).clamp(-1.0, -0.8))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """Directions, (k, d), signed so that plus means more of the attribute they are named after."""

    directions: Latent
    names: tuple[str, ...]


def measure(images: NDArray[np.float32]) -> Measures:
    """Return the attributes, (n, 5), of images, (n, h, w) in [-1, 1]."""
    breast = images > GROUND
    count = np.maximum(breast.sum(axis=(1, 2)), 1)
    area = breast.mean(axis=(1, 2))
    height = breast.any(axis=2).mean(axis=1)
    light = np.where(breast, images + 1.0, 0.0)
    mean = light.sum(axis=(1, 2)) / count
    spread = np.sqrt((np.where(breast, light - mean[:, None, None], 0.0) ** 2).sum((1, 2)) / count)
    steps = np.abs(np.diff(images, axis=2))[:, 1:] + np.abs(np.diff(images, axis=1))[:, :, 1:]
    texture = steps.sum(axis=(1, 2)) / count
    return np.stack([area, height, mean, spread, texture], axis=1).astype(np.float64)


@torch.inference_mode()
def _measured(generator: Generator, z: Latent, rung: int) -> Measures:
    labels = max(1, len(generator.config.labels))
    parts = []
    for label in range(labels):
        images = generator(torch.from_numpy(z), torch.full((len(z),), label), rung)
        parts.append(measure(images[:, 0].numpy()))
    whole: Measures = np.mean(parts, axis=0)
    return whole


def named(generator: Generator, directions: Latent, rung: int) -> Named:
    """Name each direction after the attribute it changes most, in SDs of the attribute.

    Each is moved by two standard deviations to either side of 48 random latents, at a rung that is
    quick. A name that recurs gets a number.
    """
    z = np.stack([from_seed(1000 + i, generator.config.latent) for i in range(SAMPLES)])
    spread = np.maximum(_measured(generator, z, rung).std(axis=0), 1e-9)
    names: list[str] = []
    signed = directions.copy()
    for k, direction in enumerate(directions):
        ends = [
            _measured(
                generator, np.stack([moved(one, direction[None], (far,)) for one in z]), rung
            ).mean(axis=0)
            for far in (-FAR, FAR)
        ]
        effect = (ends[1] - ends[0]) / spread
        strongest = int(np.argmax(np.abs(effect)))
        if effect[strongest] < 0:
            signed[k] = -direction
        name = ATTRIBUTES[strongest]
        before = sum(other.split(" #")[0] == name for other in names)
        names.append(f"{name} #{before + 1}" if before else name)
    return Named(directions=signed, names=tuple(names))

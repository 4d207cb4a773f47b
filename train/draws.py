"""The random numbers of a step, a pure function of seed and step: nothing to save, nothing to lose.

They are drawn for the whole batch, on the device, and each process takes its rows: so the number
of processes, and of parts a batch is split into, changes no number.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan.config import NetworkConfig
from train.augment import Changes
from train.config import Augment


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What one side of a step draws for n images."""

    z: Tensor  #: (n, latent)
    noise: tuple[Tensor, ...]  #: maps, (n, 1, h, w)
    real: Changes | None
    fake: Changes | None
    mix: Tensor  #: (n,), 0 to 1, places between fakes and reals

    def rows(self, at: Tensor | slice) -> "Draws":
        """Return the draws of some images."""
        return Draws(
            z=self.z[at],
            noise=tuple(map_[at] for map_ in self.noise),
            real=self.real and self.real.rows(at),
            fake=self.fake and self.fake.rows(at),
            mix=self.mix[at],
        )


def drawn(
    n: int,
    rung: int,
    network: NetworkConfig,
    augment: Augment,
    strength: Tensor,
    draw: torch.Generator,
) -> Draws:
    """Return the draws for n images at a rung, on the generator's device."""
    device = draw.device

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, device=device)

    return Draws(
        real=Changes.drawn(n, augment, strength, draw),
        fake=Changes.drawn(n, augment, strength, draw),
        mix=torch.rand(n, generator=draw, device=device),
        z=normal(n, network.latent),
        noise=tuple(normal(n, 1, h, w) for h, w in network.noise_sizes(rung)),
    )


def rows_of(size: int, group: int, rank: int = 0, ranks: int = 1, parts: int = 1) -> Tensor:
    """Return which images of a batch a process takes, (size / ranks,), part after part.

    Images whose deviation the critic pools (`gan.layers.minibatch_deviation`: those size / group
    apart) stay together in one part, as far as there are enough groups to share out.
    """
    if size % (ranks * parts):
        raise ValueError(f"a batch of {size} cannot be shared by {ranks} processes x {parts} parts")
    pooled = pooled_images(size, group)
    columns = size // pooled
    if columns % (ranks * parts):
        return torch.arange(size).chunk(ranks)[rank]
    grid = torch.arange(size).reshape(pooled, columns)
    mine = grid.chunk(ranks, dim=1)[rank]
    return torch.cat([part.flatten() for part in mine.chunk(parts, dim=1)])


def pooled_images(size: int, group: int) -> int:
    """Return how many images are pooled: the largest number up to `group` dividing the batch."""
    pooled = min(group, size)
    while size % pooled:
        pooled -= 1
    return pooled


def parts_of(images: int, group: int, parts: int) -> list[Tensor | slice]:
    """Return which of a process's images each part takes; all at once when there is one part."""
    if parts == 1:
        return [slice(None)]
    return list(rows_of(images, group, parts=parts).chunk(parts))

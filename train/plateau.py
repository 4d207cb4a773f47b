"""Has a rung stopped improving? The sliced Wasserstein distance of its finest level tells.

Patches of the finest level of a Laplacian pyramid, reals against fakes of fixed latents, projected
on fixed random directions (Karras et al. 2018, section 5). Reals, latents, places and directions
are the same at every measurement, so that only the generator's progress moves it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from train.draws import drawn
from train.trainer import Trainer

PATCH = 7
PATCHES = 64  #: per image
DIRECTIONS = 256
AT_ONCE = 16
SEED = 20171
CHANGELESS = torch.zeros(())


class Judge:
    """Measures the averaged generator of a trainer at its present rung."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.rung = -1
        self.reals = torch.zeros(0)

    @torch.no_grad()
    def distance(self) -> float:
        """Return the distance, times 1000, between reals and fakes of the present rung."""
        trainer = self.trainer
        rung = trainer.stage.rung
        count = min(trainer.config.growth.measure_images, len(trainer.reals.rows))
        if rung != self.rung:
            self.reals = torch.cat([_patches(x, k) for k, (x, _) in enumerate(self._real(count))])
            self.rung = rung
        fakes = torch.cat(
            [_patches(self._fake(label, k), k) for k, (_, label) in enumerate(self._real(count))]
        )
        return 1000 * sliced_distance(self.reals, fakes)

    def _real(self, count: int) -> list[tuple[Tensor, Tensor]]:
        trainer = self.trainer
        x, label = trainer.reals.batch(trainer.stage.rung, 0, count)
        x, label = x.to(trainer.device), label.to(trainer.device)
        return [(x[k : k + AT_ONCE], label[k : k + AT_ONCE]) for k in range(0, count, AT_ONCE)]

    def _fake(self, label: Tensor, number: int) -> Tensor:
        trainer, rung = self.trainer, self.trainer.stage.rung
        draw = torch.Generator(trainer.device).manual_seed(SEED + number)
        network, augment = trainer.config.network, trainer.config.augment
        draws = drawn(len(label), rung, network, augment, CHANGELESS.to(trainer.device), draw)
        fake: Tensor = trainer.average(draws.z, label, rung, 1.0, draws.noise)
        return fake.float()


def _patches(x_nchw: Tensor, number: int) -> Tensor:
    """Return patches of the finest Laplacian level, (n * patches, pixels), at drawn places."""
    n, c, h, w = x_nchw.shape
    side = min(PATCH, h, w)
    if min(h, w) >= 2 * PATCH:
        kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=x_nchw.device) / 16
        blur = torch.outer(kernel, kernel).expand(c, 1, 5, 5)
        smooth = F.conv2d(F.pad(x_nchw, (2, 2, 2, 2), mode="reflect"), blur, groups=c)
        x_nchw = x_nchw - smooth
    draw = torch.Generator().manual_seed(SEED + number)
    top = torch.randint(h - side + 1, (n, PATCHES), generator=draw)
    left = torch.randint(w - side + 1, (n, PATCHES), generator=draw)
    windows = x_nchw.unfold(2, side, 1).unfold(3, side, 1)
    at = [place.to(x_nchw.device) for place in (torch.arange(n).unsqueeze(1), top, left)]
    return windows[at[0], :, at[1], at[2]].reshape(n * PATCHES, -1)


def sliced_distance(one: Tensor, two: Tensor) -> float:
    """Return the mean over directions of the Wasserstein-1 distance of projected rows.

    `one`, `two`: (k, d) each, as many rows. Both are scaled by the first one's mean and deviation,
    so that a change of brightness or contrast counts.
    """
    mean, deviation = one.mean(dim=0), one.std(dim=0).mean().clamp(min=1e-8)
    draw = torch.Generator().manual_seed(SEED)
    directions = torch.randn(one.shape[1], DIRECTIONS, generator=draw).to(one)
    directions = F.normalize(directions, dim=0) / deviation
    a, b = ((rows - mean) @ directions for rows in (one, two))
    return float((a.sort(dim=0).values - b.sort(dim=0).values).abs().mean())

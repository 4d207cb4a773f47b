"""Has a rung stopped improving? The sliced Wasserstein distance of its finest level tells.

Patches of the finest level of a Laplacian pyramid, reals against fakes of fixed latents, projected
on fixed random directions (Karras et al. 2018, section 5). Reals, latents, places and directions
are the same at every measurement, so that only the generator's progress moves it.
"""

import numpy as np
import torch
from torch import Tensor

from train.draws import drawn
from train.evaluate.pyramid import laplacian
from train.sliced import PATCH, Values, directions, distance, projected
from train.trainer import Trainer

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
        self.across = np.zeros((0, 0), np.float32)
        self.reals = self.sorted = np.zeros((0, 0), np.float32)

    @torch.no_grad()
    def distance(self) -> float:
        """Return the distance, times 1000, between reals and fakes of the present rung."""
        trainer = self.trainer
        rung = trainer.stage.rung
        count = min(trainer.config.growth.measure_images, len(trainer.reals.rows))
        if rung != self.rung:
            self.reals = np.concatenate([_patches(x, k) for k, (x, _) in self._real(count)])
            draw = np.random.default_rng(SEED)
            self.across = directions(draw, DIRECTIONS, self.reals.shape[1])
            self.sorted, self.rung = projected(self.reals, self.across), rung
        fakes = np.concatenate(
            [_patches(self._fake(label, k), k) for k, (_, label) in self._real(count)]
        )
        # By the reals' mean and deviation, so that a change of brightness or contrast counts.
        return 1000 * distance(projected(fakes, self.across, like=self.reals), self.sorted)

    def _real(self, count: int) -> list[tuple[int, tuple[Tensor, Tensor]]]:
        trainer = self.trainer
        x, label = trainer.reals.batch(trainer.stage.rung, 0, count)
        x, label = x.to(trainer.device), label.to(trainer.device)
        return list(
            enumerate(zip(torch.split(x, AT_ONCE), torch.split(label, AT_ONCE), strict=True))
        )

    def _fake(self, label: Tensor, number: int) -> Tensor:
        trainer, rung = self.trainer, self.trainer.stage.rung
        draw = torch.Generator(trainer.device).manual_seed(SEED + number)
        network, augment = trainer.config.network, trainer.config.augment
        draws = drawn(len(label), rung, network, augment, CHANGELESS.to(trainer.device), draw)
        fake: Tensor = trainer.average(draws.z, label, rung, 1.0, draws.noise)
        return fake.float()


def _patches(x_nchw: Tensor, number: int) -> Values:
    """Return patches of the finest Laplacian level, (n * patches, pixels), at drawn places."""
    x = x_nchw.cpu().numpy()
    n, _, h, w = x.shape
    side = min(PATCH, h, w)
    if min(h, w) >= 2 * PATCH:
        x = laplacian(x, 2)[0]
    draw = np.random.default_rng([SEED, number])
    top = draw.integers(h - side + 1, size=(n, PATCHES))
    left = draw.integers(w - side + 1, size=(n, PATCHES))
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(2, 3))
    patches: Values = windows[np.arange(n)[:, None], :, top, left]
    return patches.reshape(n * PATCHES, -1)

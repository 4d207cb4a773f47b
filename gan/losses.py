"""Losses by name: each says what critic and generator minimise, from scores of reals and fakes.

A new one is one entry here; a preset names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gan.convolution import only_images

Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Both sides of the game, from scores (n,) of paired reals and fakes to one number."""

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    relative: bool = False  #: whether the generator's side looks at scores of reals


LOSSES: dict[str, Loss] = {
    # Arjovsky et al. 2017; the drift term that keeps scores near zero is PGGAN's.
    "wgan": Loss(
        critic=lambda real, fake: (fake - real).mean() + 1e-3 * real.square().mean(),
        generator=lambda real, fake: -fake.mean(),
    ),
    # Relativistic pairing with softplus (Jolicoeur-Martineau 2018; Huang et al. 2024, R3GAN).
    "relativistic": Loss(
        critic=lambda real, fake: F.softplus(fake - real).mean(),
        generator=lambda real, fake: F.softplus(real.detach() - fake).mean(),
        relative=True,
    ),
}


def gradient_square(images: Tensor, score: Score) -> Tensor:
    """Return the squared gradient norm of the scores, (n,), at images; double backward works.

    Half its mean is R1 on reals and R2 on fakes (Mescheder et al. 2018).
    """
    at = images.detach().requires_grad_(True)
    return square_from(score(at), at)


def square_from(scores: Tensor, images: Tensor) -> Tensor:
    """Return the squared gradient norm, (n,), of scores already taken of images."""
    with only_images():
        (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return gradient.float().square().sum(dim=(1, 2, 3))


def interpolated_penalty(real: Tensor, fake: Tensor, mix_n: Tensor, score: Score) -> Tensor:
    """Return the WGAN-GP penalty, one number: (gradient norm - 1)**2 between reals and fakes."""
    between = torch.lerp(real.detach(), fake.detach(), mix_n.reshape(-1, 1, 1, 1))
    norm = (gradient_square(between, score) + 1e-12).sqrt()
    return (norm - 1.0).square().mean()

"""Differentiable augmentation of reals and fakes alike (Karras et al. 2020; Zhao et al. 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from train.config import Augment


def augment(x_nchw: Tensor, settings: Augment, draw: torch.Generator) -> Tensor:
    """Return images in [-1, 1] shifted, scaled, brightened and cut out, each with its own chance.

    The chest wall, the left edge, stays where it is; what comes in from outside is air, -1.
    """
    if settings.probability == 0.0:
        return x_nchw
    n, _, h, w = x_nchw.shape

    def amount(limit: float) -> Tensor:
        spread = (torch.rand(n, generator=draw) * 2 - 1) * limit
        return spread * (torch.rand(n, generator=draw) < settings.probability)

    zoom = torch.exp(amount(settings.scale)).to(x_nchw)
    shift = (amount(settings.shift) * 2).to(x_nchw)
    theta = torch.zeros(n, 2, 3).to(x_nchw)
    # Sampling positions in [-1, 1]: x' + 1 = (x + 1) * zoom keeps the left edge in place.
    theta[:, 0, 0], theta[:, 0, 2] = zoom, zoom - 1
    theta[:, 1, 1], theta[:, 1, 2] = zoom, shift
    grid = F.affine_grid(theta, [n, 1, h, w], align_corners=False)
    # Outside counts as 0, so air is moved to 0 for sampling. Left of the edge the edge is repeated.
    grid = torch.stack([grid[..., 0].clamp(min=-1 + 1 / w), grid[..., 1]], dim=-1)
    y = F.grid_sample(x_nchw + 1, grid, mode="bilinear", align_corners=False)
    y = y * torch.exp(amount(settings.gain)).to(x_nchw).reshape(n, 1, 1, 1)
    return y * _holes(n, h, w, settings, draw).to(x_nchw) - 1


def _holes(n: int, h: int, w: int, settings: Augment, draw: torch.Generator) -> Tensor:
    """Return masks, (n, 1, h, w), 0 within one square per chosen image."""
    side = settings.cutout * h
    top = torch.rand(n, 1, 1, 1, generator=draw) * (h + side) - side
    left = torch.rand(n, 1, 1, 1, generator=draw) * (w + side) - side
    rows = torch.arange(h).reshape(1, 1, h, 1) + 0.5
    columns = torch.arange(w).reshape(1, 1, 1, w) + 0.5
    inside = (rows > top) & (rows < top + side) & (columns > left) & (columns < left + side)
    chosen = torch.rand(n, 1, 1, 1, generator=draw) < settings.probability
    return 1.0 - (inside & chosen).float()

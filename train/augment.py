"""Differentiable augmentation of reals and fakes alike (Karras et al. 2020; Zhao et al. 2020)."""

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from train.config import Augment

MOST = 0.85  #: adapting goes no higher: beyond, the generator learns the changes themselves


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Changes:
    """What happens to each image of a batch, (n,) each; 0 changes nothing."""

    zoom: Tensor  #: logarithm of the size, about the chest wall
    shift: Tensor  #: along the chest wall, in half heights
    shear: Tensor  #: along the chest wall, in half heights per half width
    gain: Tensor  #: logarithm of the brightness above air
    hole: Tensor  #: side of the square of air, as a fraction of the height
    top: Tensor  #: of the square, 0 to 1 over the height, so that it may be half outside
    left: Tensor

    @classmethod
    def drawn(
        cls, n: int, settings: Augment, strength: Tensor, draw: torch.Generator
    ) -> "Changes | None":
        """Return changes for n images, each with probability `strength`, (); None when all are off.

        All numbers are drawn whatever the settings, on the generator's device.
        """
        if settings.probability == 0.0 and settings.target == 0.0:
            return None
        sizes = (settings.scale, 2 * settings.shift, settings.shear, settings.gain)
        spread = torch.rand(7, n, generator=draw, device=draw.device)
        chosen = torch.rand(5, n, generator=draw, device=draw.device) < strength
        zoom, shift, shear, gain = (
            (2 * spread[i] - 1) * limit * chosen[i] for i, limit in enumerate(sizes)
        )
        return cls(
            zoom=zoom,
            shift=shift,
            shear=shear,
            gain=gain,
            hole=settings.cutout * chosen[4],
            top=spread[5],
            left=spread[6],
        )

    def rows(self, at: Tensor | slice) -> "Changes":
        """Return the changes of some images."""
        return Changes(**{f.name: getattr(self, f.name)[at] for f in fields(self)})


def changed(x_nchw: Tensor, changes: Changes | None) -> Tensor:
    """Return images in [-1, 1] moved, scaled, sheared, brightened and cut out, in float32.

    The chest wall, the left edge, stays where it is; what comes in from outside is air, -1.
    """
    if changes is None:
        return x_nchw
    x_nchw = x_nchw.float()
    n, _, h, w = x_nchw.shape
    zoom = torch.exp(changes.zoom)
    theta = x_nchw.new_zeros(n, 2, 3)
    # Sampling positions in [-1, 1]: x' + 1 = (x + 1) * zoom keeps the left edge in place, and so
    # does the shear, which grows from 0 there.
    theta[:, 0, 0], theta[:, 0, 2] = zoom, zoom - 1
    theta[:, 1, 0], theta[:, 1, 1] = changes.shear, zoom
    theta[:, 1, 2] = changes.shift + changes.shear
    grid = F.affine_grid(theta, [n, 1, h, w], align_corners=False)
    # Outside counts as 0, so air is moved to 0 for sampling. Left of the edge the edge is repeated.
    grid = torch.stack([grid[..., 0].clamp(min=-1 + 1 / w), grid[..., 1]], dim=-1)
    y = F.grid_sample(x_nchw + 1, grid, mode="bilinear", align_corners=False)
    y = y * torch.exp(changes.gain).reshape(n, 1, 1, 1)
    return y * _outside_holes(h, w, changes) - 1


def _outside_holes(h: int, w: int, changes: Changes) -> Tensor:
    """Return masks, (n, 1, h, w), 0 within one square per image."""
    side = (changes.hole * h).reshape(-1, 1, 1, 1)
    top = changes.top.reshape(-1, 1, 1, 1) * (h + side) - side
    left = changes.left.reshape(-1, 1, 1, 1) * (w + side) - side
    rows = torch.arange(h, device=side.device).reshape(1, 1, h, 1) + 0.5
    columns = torch.arange(w, device=side.device).reshape(1, 1, 1, w) + 0.5
    inside = (rows > top) & (rows < top + side) & (columns > left) & (columns < left + side)
    return 1.0 - inside.float()


def adapted(strength: Tensor, lead: Tensor, images: int, settings: Augment) -> Tensor:
    """Return the probability of augmentation, (), after a step over so many images.

    `lead` is the mean sign of real minus paired fake score: 1 when the critic is never wrong, 0
    when it guesses. Above the target it overfits, so augmentation rises. Karras et al. 2020 take
    the sign of real scores alone, which means nothing to a relativistic critic.
    """
    if settings.target == 0.0:
        return strength
    move = (lead - settings.target) * (images / (1000 * settings.adapt_kimg))
    return (strength + move).clamp(0.0, MOST)

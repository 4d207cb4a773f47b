"""Layers of the progressive GAN (Karras et al. 2018, arXiv 1710.10196, section 4 and appendix A).

Suffixes in names: n images, c channels, h rows, w columns, d latent size.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan import phases
from gan.activation import widened
from gan.convolution import convolve

ROOT2 = math.sqrt(2.0)


class EqualConv(nn.Module):
    """Convolution with equalised learning rate: N(0, 1) weights scaled by gain/sqrt(fan-in)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, gain: float = ROOT2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs * kernel * kernel)

    def forward(self, x_nchw: Tensor) -> Tensor:
        """Convolve, keeping height and width."""
        return convolve(x_nchw, self.weight * self.scale, self.bias)

    def doubled(self, x_nchw: Tensor, mode: str) -> Tensor:
        """Double height and width, then convolve; by nearest with 16 products for 36."""
        if mode != "nearest":
            return convolve(upsample(x_nchw, mode), self.weight * self.scale, self.bias)
        kernel = phases.transposed(self.weight * self.scale)
        return F.conv_transpose2d(x_nchw, kernel, self.bias, stride=2, padding=1)


class EqualLinear(nn.Module):
    """Linear layer with equalised learning rate."""

    def __init__(self, inputs: int, outputs: int, gain: float = ROOT2, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x_nd: Tensor) -> Tensor:
        """Multiply (n, inputs) to (n, outputs)."""
        return F.linear(x_nd, self.weight * self.scale, self.bias)


class EqualStart(nn.Module):
    """Latents to the features of rung 0, with equalised learning rate and a bias per channel.

    The first layer of table 2: a convolution as large as the base, written as a product. The
    first models and runs had a bias per position; such weights are taken as they are.
    """

    def __init__(self, inputs: int, outputs: int, base: tuple[int, int], gain: float) -> None:
        super().__init__()
        self.shape = (outputs, *base)
        self.weight = nn.Parameter(torch.randn(math.prod(self.shape), inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x_nd: Tensor) -> Tensor:
        """Return features, (n, outputs, h, w), of inputs, (n, d)."""
        x_nchw = F.linear(x_nd, self.weight * self.scale).reshape(-1, *self.shape)
        per = self.shape if self.bias.numel() > self.shape[0] else (-1, 1, 1)
        return x_nchw + self.bias.reshape(per).to(x_nchw.dtype)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *rest: Any, **named: Any
    ) -> None:
        bias = state_dict.get(f"{prefix}bias")
        if bias is not None and bias.shape == (math.prod(self.shape),):
            self.bias.data = self.bias.data.new_empty(bias.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest, **named)


class NoiseInput(nn.Module):
    """Adds one map of noise to every channel, each with a strength of its own (StyleGAN, 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x_nchw: Tensor, noise_n1hw: Tensor) -> Tensor:
        """Return the features with noise."""
        return x_nchw + (self.strength * noise_n1hw).to(x_nchw.dtype)


def minibatch_deviation(x_nchw: Tensor, group: int, batches: int = 1) -> Tensor:
    """Append one map: the features' standard deviation over each group, averaged to one number.

    Groups interleave as in the official code: members of a group are n // size images apart. The
    deviation is no narrower than float32. A batch that `group` does not divide has smaller groups.
    Of several batches, one after the other in x, each has groups of its own.
    """
    total, _, h, w = x_nchw.shape
    n = total // batches
    size = min(group, n)
    while n % size:
        size -= 1
    # Features last: a variance over the strides of any other order takes ten times as long.
    y = widened(x_nchw).permute(0, 2, 3, 1).reshape(batches, size, n // size, -1)
    variance = (y - y.mean(dim=1, keepdim=True)).square().mean(dim=1)
    deviation = (variance + 1e-8).sqrt().mean(dim=2)
    plane = deviation.unsqueeze(1).expand(batches, size, n // size).reshape(total, 1, 1, 1)
    return torch.cat([x_nchw, plane.expand(total, 1, h, w).to(x_nchw.dtype)], dim=1)


def upsample(x_nchw: Tensor, mode: str) -> Tensor:
    """Double height and width by nearest or bilinear interpolation."""
    if mode == "nearest":
        return F.interpolate(x_nchw, scale_factor=2, mode="nearest")
    return F.interpolate(x_nchw, scale_factor=2, mode="bilinear", align_corners=False)


def downsample(x_nchw: Tensor) -> Tensor:
    """Halve height and width by 2x2 means."""
    return F.avg_pool2d(x_nchw, 2)

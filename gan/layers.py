"""Layers of the progressive GAN (Karras et al. 2018, arXiv 1710.10196, section 4 and appendix A).

Suffixes in names: n images, c channels, h rows, w columns, d latent size.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
        padding = self.weight.shape[-1] // 2
        return F.conv2d(x_nchw, self.weight * self.scale, self.bias, padding=padding)


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


class NoiseInput(nn.Module):
    """Adds one map of noise to every channel, each with a strength of its own (StyleGAN, 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x_nchw: Tensor, noise_n1hw: Tensor) -> Tensor:
        """Return the features with noise."""
        return x_nchw + self.strength * noise_n1hw


def activate(x: Tensor) -> Tensor:
    """Leaky rectifier with slope 0.2."""
    return F.leaky_relu(x, 0.2)


def pixel_norm(x: Tensor) -> Tensor:
    """Scale each position's feature vector (dimension 1) to unit mean square."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


def minibatch_deviation(x_nchw: Tensor, group: int) -> Tensor:
    """Append one map: the features' standard deviation over each group, averaged to one number.

    Groups interleave as in the official code: members of a group are n // size images apart.
    """
    n, c, h, w = x_nchw.shape
    size = min(group, n)
    while n % size:
        size -= 1
    y = x_nchw.reshape(size, n // size, c, h, w).float()
    deviation = (y.var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
    plane = deviation.repeat(size).reshape(n, 1, 1, 1).expand(n, 1, h, w)
    return torch.cat([x_nchw, plane.to(x_nchw.dtype)], dim=1)


def upsample(x_nchw: Tensor, mode: str) -> Tensor:
    """Double height and width by nearest or bilinear interpolation."""
    if mode == "nearest":
        return F.interpolate(x_nchw, scale_factor=2, mode="nearest")
    return F.interpolate(x_nchw, scale_factor=2, mode="bilinear", align_corners=False)


def downsample(x_nchw: Tensor) -> Tensor:
    """Halve height and width by 2x2 means."""
    return F.avg_pool2d(x_nchw, 2)

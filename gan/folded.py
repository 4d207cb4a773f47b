"""Layers made ready for drawing: scales folded into weights, activations overwritten in place.

Features are (n, h, w, c) in memory, so that the channels of a pixel lie together, or in phases,
(n, h/2, w/2, 4c), see `gan.phases`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan import phases
from gan.layers import EqualConv, NoiseInput, upsample

THIN = 16  #: layers with fewer channels are drawn in phases, and normed several pixels at a time


def folded(layer: EqualConv) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a layer, the scale of its learning rate within the weight."""
    return layer.weight.detach() * layer.scale, layer.bias.detach()


def nchw(x_nhwc: Tensor) -> Tensor:
    """Return a view of features as the convolutions of torch want them."""
    return x_nhwc.permute(0, 3, 1, 2)


class Conv:
    """A 3x3 convolution, its noise, and the leaky rectifier, which overwrites its input."""

    def __init__(self, weight: Tensor, bias: Tensor, noise: NoiseInput | None) -> None:
        self.weight = weight.contiguous(memory_format=torch.channels_last)
        self.phases = len(weight) // len(bias)
        self.bias = bias.repeat(self.phases)
        self.strength = None
        if noise is not None:
            one = noise.strength.detach().reshape(1, -1)
            self.strength = torch.kron(torch.eye(self.phases).to(one), one)

    def __call__(self, x_nhwc: Tensor, noise_nhwc: Tensor | None) -> Tensor:
        """Return features of the same size; noise is (n, h, w, 1), never in phases."""
        y = F.conv2d(nchw(x_nhwc), self.weight, self.bias, padding=1)
        return self._rectified(y, noise_nhwc)

    def _rectified(self, y_nchw: Tensor, noise_nhwc: Tensor | None) -> Tensor:
        y = y_nchw.permute(0, 2, 3, 1).contiguous()
        if self.strength is not None and noise_nhwc is not None:
            noise = phases.split(noise_nhwc) if self.phases == 4 else noise_nhwc
            y.view(-1, y.shape[-1]).addmm_(noise.reshape(-1, self.phases), self.strength)
        return F.leaky_relu_(y, 0.2)


class Interpolated(Conv):
    """Doubling, then a convolution."""

    def __init__(self, weight: Tensor, bias: Tensor, noise: NoiseInput | None, mode: str) -> None:
        super().__init__(weight, bias, noise)
        self.mode = mode

    def __call__(self, x_nhwc: Tensor, noise_nhwc: Tensor | None) -> Tensor:
        """Return features of twice the size."""
        large = upsample(nchw(x_nhwc), self.mode)
        return super().__call__(large.permute(0, 2, 3, 1), noise_nhwc)


class Transposed(Conv):
    """Doubling by nearest and a convolution as one transposed convolution."""

    def __init__(self, weight: Tensor, bias: Tensor, noise: NoiseInput | None) -> None:
        super().__init__(weight, bias, noise)
        self.weight = phases.transposed(weight)

    def __call__(self, x_nhwc: Tensor, noise_nhwc: Tensor | None) -> Tensor:
        """Return features of twice the size."""
        y = F.conv_transpose2d(nchw(x_nhwc), self.weight, self.bias, stride=2, padding=1)
        return self._rectified(y, noise_nhwc)


class Phased(Conv):
    """Doubling and a convolution as one convolution to the phases, (n, h, w, 4c)."""

    def __init__(self, weight: Tensor, bias: Tensor, noise: NoiseInput | None, mode: str) -> None:
        super().__init__(phases.after_doubling(weight, mode), bias, noise)
        self.border = Interpolated(weight, bias, noise, mode) if mode == "bilinear" else None

    def __call__(self, x_nhwc: Tensor, noise_nhwc: Tensor | None, inner: bool = False) -> Tensor:
        """Return the phases; an inner strip has no outermost row of the image."""
        y = super().__call__(x_nhwc, noise_nhwc)
        if self.border is not None:
            for axis in (2,) if inner else (1, 2):
                noise = None if noise_nhwc is None else _ends(noise_nhwc, axis, 4)
                start, end = self.border(_ends(x_nhwc, axis, 2), noise).chunk(2)
                y.narrow(axis, 0, 1).copy_(phases.split(start.narrow(axis, 0, 2)))
                y.narrow(axis, -1, 1).copy_(phases.split(end.narrow(axis, 2, 2)))
        return y


def _ends(x_nhwc: Tensor, axis: int, count: int) -> Tensor:
    """Return the first and the last pixels along an axis, one after the other as images."""
    last = x_nhwc.shape[axis] - count
    return torch.cat([x_nhwc.narrow(axis, 0, count), x_nhwc.narrow(axis, last, count)])


class Norm:
    """Pixel norm over the innermost c channels, in place or as a factor.

    A thin layer is normed several pixels at a time by a product with a matrix of blocks, which is
    twice as fast on a CPU as sums over so few numbers.
    """

    def __init__(self, channels: int, like: Tensor) -> None:
        self.channels = channels
        block = like.new_full((channels, channels), 1.0 / channels)
        counts = (1, 2, 4, 8, 16) if channels < THIN else ()
        self.wide = {k: torch.kron(torch.eye(k).to(block), block) for k in counts}
        self.narrow = {k: torch.kron(torch.eye(k).to(block), block[:, :1]) for k in counts}
        self.floor = like.new_tensor(1e-8)

    def _together(self, x_nhwc: Tensor) -> int:
        together, pixels = 1, x_nhwc.numel() // self.channels
        while together * self.channels < THIN and pixels % (2 * together) == 0:
            together *= 2
        return together

    def apply(self, x_nhwc: Tensor) -> Tensor:
        """Overwrite features with their norm; returns them."""
        if self.channels >= THIN:
            return x_nhwc.mul_(self.factor(x_nhwc).view(*x_nhwc.shape[:-1], -1))
        k = self._together(x_nhwc)
        x = x_nhwc.view(-1, k * self.channels)
        x.mul_(torch.mm(torch.addcmul(self.floor, x, x), self.wide[k]).rsqrt_())
        return x_nhwc

    def factor(self, x_nhwc: Tensor) -> Tensor:
        """Return what each pixel has to be multiplied with, (pixels, 1)."""
        if self.channels >= THIN:
            x = x_nhwc.view(-1, self.channels)
            norm: Tensor = torch.linalg.vector_norm(x, dim=1, keepdim=True)
            norm.square_().div_(self.channels).add_(self.floor).rsqrt_()
            return norm
        k = self._together(x_nhwc)
        x = x_nhwc.view(-1, k * self.channels)
        mean = torch.mm(torch.addcmul(self.floor, x, x), self.narrow[k])
        return mean.rsqrt_().view(-1, 1)


class Head:
    """Linear map from the features of a rung, and the image below where images are summed."""

    def __init__(self, weight: Tensor, bias: Tensor, channels: int) -> None:
        self.weight = weight[:, :channels].T.contiguous()
        self.bias = bias
        mix = weight[:, channels:]  #: of the image below; empty: added as it is
        self.mix = mix.reshape(*mix.shape, 1, 1) if mix.numel() else None

    def __call__(self, x_nhwc: Tensor, factor: Tensor | None, below_nchw: Tensor | None) -> Tensor:
        """Return the image, (n, image_channels, h, w), of features that may lie in phases."""
        channels, images = self.weight.shape
        pixels = torch.mm(x_nhwc.reshape(-1, channels), self.weight)
        if factor is not None:
            pixels.mul_(factor)
        lying = x_nhwc.shape[-1] // channels * images
        image_nhwc = pixels.add_(self.bias).view(*x_nhwc.shape[:-1], lying)
        image = nchw(phases.joined(image_nhwc) if lying > images else image_nhwc)
        if below_nchw is None:
            return image
        return image + (F.conv2d(below_nchw, self.mix) if self.mix is not None else below_nchw)

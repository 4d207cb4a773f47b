"""The leaky rectifier, alone or with what follows it, in as few passes over memory as will do.

It is linear on either side of zero, so that a second derivative is nothing; the library writes
that nothing out and adds it. All overwrite their input, which no convolution keeps.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

SLOPE = 0.2


def activate(x: Tensor) -> Tensor:
    """Overwrite x by the leaky rectifier; returns it. Can be differentiated twice."""
    if torch.compiler.is_compiling():
        return F.leaky_relu(x, SLOPE)
    result: Tensor = _Rectified.apply(x)  # type: ignore[no-untyped-call] # of torch
    return result


def activate_halved(x_nchw: Tensor) -> Tensor:
    """Leaky rectifier, then 2x2 means, (n, c, h / 2, w / 2). Can be differentiated twice."""
    if torch.compiler.is_compiling():
        return F.avg_pool2d(F.leaky_relu(x_nchw, SLOPE), 2)
    result: Tensor = _Halved.apply(x_nchw)  # type: ignore[no-untyped-call] # of torch
    return result


def activate_normed(x: Tensor) -> Tensor:
    """Leaky rectifier, then pixel norm over dimension 1. Can be differentiated once.

    The norm is taken no narrower than float32.
    """
    if torch.compiler.is_compiling():
        return pixel_norm(F.leaky_relu(x, SLOPE))
    result: Tensor = _Normed.apply(x)  # type: ignore[no-untyped-call] # of torch
    return result


def pixel_norm(x: Tensor) -> Tensor:
    """Scale each position's feature vector (dimension 1) to unit mean square.

    Computed no narrower than float32.
    """
    y = widened(x)
    return (y * _factor(y)).to(x.dtype)


def widened(x: Tensor) -> Tensor:
    """Return x as float32, or as it is when it is wider; norms and sums are taken there."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _factor(y: Tensor) -> Tensor:
    return torch.rsqrt(y.square().mean(dim=1, keepdim=True) + 1e-8)


def _sloped(gradient: Tensor, y: Tensor) -> Tensor:
    """Return a gradient to the rectifier's result as one to its input."""
    found: Tensor = torch.ops.aten.leaky_relu_backward(gradient, y, SLOPE, True)
    return found


class _Rectified(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = F.leaky_relu_(x, SLOPE)
        ctx.mark_dirty(y)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        found: Tensor = _Sloped.apply(gradient, *ctx.saved_tensors)  # type: ignore[no-untyped-call] # of torch
        return found


class _Sloped(Function):
    @staticmethod
    def forward(ctx: Any, gradient: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(y)
        return _sloped(gradient, y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, second: Tensor) -> tuple[Tensor, None]:
        return _sloped(second, *ctx.saved_tensors), None


class _Halved(Function):
    @staticmethod
    def forward(ctx: Any, x_nchw: Tensor) -> Tensor:
        y = F.leaky_relu_(x_nchw, SLOPE)
        ctx.save_for_backward(y)
        return F.avg_pool2d(y, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        found: Tensor = _Spread.apply(gradient, *ctx.saved_tensors)  # type: ignore[no-untyped-call] # of torch
        return found


class _Spread(Function):
    """A quarter of each gradient to four pixels, and through the rectifier, in one pass."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(y)
        n, c, h, w = gradient.shape
        four = (gradient / 4).reshape(n, c, h, 1, w, 1).expand(n, c, h, 2, w, 2)
        return _sloped(four, y.view(n, c, h, 2, w, 2)).view(y.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, second: Tensor) -> tuple[Tensor, None]:
        return F.avg_pool2d(_sloped(second, *ctx.saved_tensors), 2), None


class _Normed(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        wide = F.leaky_relu_(widened(x), SLOPE)
        factor = _factor(wide)
        y = wide.mul_(factor).to(x.dtype)
        ctx.save_for_backward(y, factor)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        y, factor = ctx.saved_tensors
        wide, of_y = widened(y), widened(gradient)
        along = (of_y * wide).mean(dim=1, keepdim=True)
        of_x = torch.addcmul(of_y, wide, along, value=-1).mul_(factor)
        return _sloped(of_x, wide).to(gradient.dtype)

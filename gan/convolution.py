"""A convolution whose second backward is as quick as its first.

Gradient penalties run the backward pass twice. PyTorch's own second backward of a convolution
swaps batch and channels into one with a kernel as large as the picture, which no CPU or GPU does
well. Written as two functions, each the other's gradient, all of it is plain convolutions (the
idea of conv2d_gradfix, Karras et al. 2020): at 160x128 a penalty takes half the time.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

#: Whether gradients to weights are left out of a backward pass that will itself be differentiated.
#: No thread-local: on a GPU that pass runs in a thread of the library's.
_only_images = False

Gradients = tuple[Tensor | None, Tensor | None, Tensor | None]


@contextlib.contextmanager
def only_images() -> Iterator[None]:
    """Leave out weights' gradients from `torch.autograd.grad(..., images, create_graph=True)`.

    The library does not tell a function which gradients it was asked for, and half the work of a
    penalty's first backward pass would go into gradients nobody takes.
    """
    global _only_images
    before, _only_images = _only_images, True
    try:
        yield
    finally:
        _only_images = before


def convolve(x_nchw: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return the convolution with an odd square kernel, height and width kept.

    Where it is drawn, compiled or cast no second backward comes, and the library's own will do.
    """
    if not torch.is_grad_enabled() or torch.compiler.is_compiling() or _cast(x_nchw.device.type):
        return F.conv2d(x_nchw, weight, bias, padding=weight.shape[-1] // 2)
    result: Tensor = _Convolution.apply(x_nchw, weight, bias)  # type: ignore[no-untyped-call] # of torch
    return result


def _cast(kind: str) -> bool:
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


class _Convolution(Function):
    @staticmethod
    def forward(ctx: Any, x_nchw: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if x_nchw.shape[1] == 1:  # either layout fits one channel; told, the result has it, too
            n, _, h, w = x_nchw.shape
            x_nchw = x_nchw.contiguous().as_strided((n, 1, h, w), (h * w, 1, w, 1))
        ctx.save_for_backward(x_nchw, weight)
        return F.conv2d(x_nchw, weight, bias, padding=weight.shape[-1] // 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Gradients:
        x_nchw, weight = ctx.saved_tensors
        to_x, to_weight, to_bias = ctx.needs_input_grad
        if not torch.is_grad_enabled():
            return _backward(gradient, x_nchw, weight, [to_x, to_weight, to_bias])
        of_x = _ToImages.apply(gradient, weight) if to_x else None  # type: ignore[no-untyped-call] # of torch
        if _only_images:
            return of_x, None, None
        _, of_weight, of_bias = _backward(gradient, x_nchw, weight, [False, to_weight, to_bias])
        return of_x, of_weight, of_bias


class _ToImages(Function):
    """The gradient of a convolution to its input: a convolution with the kernel turned round."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(gradient, weight)
        turned = weight.flip(2, 3).transpose(0, 1)
        turned = turned.contiguous(memory_format=torch.channels_last)
        return F.conv2d(gradient, turned, padding=weight.shape[-1] // 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, second: Tensor) -> tuple[Tensor | None, Tensor | None]:
        gradient, weight = ctx.saved_tensors
        to_gradient, to_weight = ctx.needs_input_grad
        padding = weight.shape[-1] // 2
        of_gradient = F.conv2d(second, weight, padding=padding) if to_gradient else None
        of_weight = _backward(gradient, second, weight, [False, to_weight, False])[1]
        return of_gradient, of_weight


def _backward(gradient: Tensor, x_nchw: Tensor, weight: Tensor, wanted: list[bool]) -> Gradients:
    """Return gradients to input, weight and bias, those that are wanted."""
    if not any(wanted):
        return None, None, None
    padding = weight.shape[-1] // 2
    found: Gradients = torch.ops.aten.convolution_backward(
        gradient,
        x_nchw,
        weight,
        [weight.shape[0]],
        [1, 1],
        [padding, padding],
        [1, 1],
        False,
        [0, 0],
        1,
        wanted,
    )
    return found

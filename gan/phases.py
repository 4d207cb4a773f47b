"""Kernels of a doubled image as kernels of the image before doubling.

A doubled image has four phases: pixels of even or odd row and column. Seen as four times the
channels at half the size, in the order (row phase, column phase, channel), a 3x3 convolution stays
a 3x3 convolution: between two doubled images, and also from the image before doubling straight to
the doubled one. Thin layers of many pixels so become wide layers of few, which is what the
convolution libraries are made for, and the doubled input is never written.

Kernels are (outputs, inputs, rows, columns); all are exact, with zeros outside the image.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def after_doubling(kernel: Tensor, mode: str) -> Tensor:
    """Return the kernel, (4o, i, 3, 3), of doubling and then convolving by kernel, (o, i, 3, 3).

    Bilinear doubling repeats the outermost pixels where this sees zeros: there the two outermost
    rows and columns of the result differ.
    """
    # taps[phase, tap of the kernel, tap on the small image]
    taps = torch.zeros(2, 3, 3, dtype=kernel.dtype)
    for phase in (0, 1):
        for tap in (0, 1, 2):
            cell, half = divmod(phase + tap - 1, 2)
            if mode == "nearest":
                taps[phase, tap, cell + 1] += 1.0
            else:
                taps[phase, tap, cell + 1] += 0.75
                taps[phase, tap, cell + 1 + (1 if half else -1)] += 0.25
    taps = taps.to(kernel.device)
    whole = torch.einsum("oiyx,ayp,bxq->aboipq", kernel, taps, taps)
    return whole.reshape(-1, kernel.shape[1], 3, 3)


def between_doubled(kernel: Tensor) -> Tensor:
    """Return the kernel, (4o, 4i, 3, 3), from phases to phases, of a kernel, (o, i, 3, 3)."""
    taps = torch.zeros(2, 3, 2, 3, dtype=kernel.dtype)
    for phase in (0, 1):
        for tap in (0, 1, 2):
            cell, half = divmod(phase + tap - 1, 2)
            taps[phase, tap, half, cell + 1] = 1.0
    taps = taps.to(kernel.device)
    outputs, inputs = kernel.shape[:2]
    whole = torch.einsum("oiyx,aypm,bxqn->abopqimn", kernel, taps, taps)
    return whole.reshape(4 * outputs, 4 * inputs, 3, 3)


def transposed(kernel: Tensor) -> Tensor:
    """Return the kernel, (i, o, 4, 4), of a transposed convolution with stride 2 and padding 1.

    It doubles by nearest and convolves by kernel, (o, i, 3, 3), in 16 products for 36.
    """
    turned = kernel.transpose(0, 1).flip(2, 3)
    rows = F.pad(turned, (0, 0, 0, 1)) + F.pad(turned, (0, 0, 1, 0))
    return F.pad(rows, (0, 1)) + F.pad(rows, (1, 0))


def joined(x_nhwc: Tensor) -> Tensor:
    """Return the doubled image, (n, 2h, 2w, c), of its phases, (n, h, w, 4c)."""
    n, h, w, c = x_nhwc.shape
    # Column phases lie side by side already: only rows have to be interleaved.
    rows = x_nhwc.reshape(n, h, w, 2, c // 2).transpose(2, 3)
    return rows.reshape(n, 2 * h, 2 * w, c // 4)


def split(x_nhwc: Tensor) -> Tensor:
    """Return the phases, (n, h, w, 4c), of an image, (n, 2h, 2w, c); `joined` undoes it."""
    n, h, w, c = x_nhwc.shape
    rows = x_nhwc.reshape(n, h // 2, 2, w // 2, 2 * c).transpose(2, 3)
    return rows.reshape(n, h // 2, w // 2, 4 * c)

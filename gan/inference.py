"""A generator made ready for drawing: the same pictures, several times as fast on a CPU.

Scales are folded into the weights once, activations are overwritten in place, doubling and
convolution are one (`gan.phases`), the last norm is applied to the image instead of the features,
and large rungs are drawn in strips of rows that stay in the processor's cache. No gradients, no
fading.
"""

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gan import phases
from gan.config import NetworkConfig
from gan.folded import THIN, Conv, Head, Interpolated, Norm, Phased, Transposed, folded
from gan.latent import from_seed, noise_maps
from gan.layers import EqualConv, upsample
from gan.networks import Generator, GeneratorBlock

WHOLE = 1_400_000  #: features up to which a rung of an image is drawn whole: 6 MB
STRIP = 1_000_000  #: features of a strip: 4 MB
ROWS = 20  #: of a strip, at the rung it begins at: with fewer, too much is drawn twice
AVERAGED = 1024  #: latents that the mean features are taken over
BATCH = 128
FIRST_SEED = 3_000_000  #: seeds of those
DIGITS = 4  #: decimals of a mean: what the number of threads changes must not change a picture
HALO = 3  #: rows of the rung below that a strip needs beyond its own: doubling, two convolutions


class _Rung:
    """The layers of one rung above the first."""

    def __init__(self, block: GeneratorBlock, config: NetworkConfig) -> None:
        weight, bias = folded(block.conv1)
        mode, self.channels = config.resample, len(bias)
        plain = weight.device.type != "cpu" or min(config.base) < 2
        self.first: Conv
        if plain or (mode == "bilinear" and self.channels >= THIN):
            self.first = Interpolated(weight, bias, block.noise1, mode)
        elif self.channels >= THIN:
            self.first = Transposed(weight, bias, block.noise1)
        else:
            self.first = Phased(weight, bias, block.noise1, mode)
        self.phased = isinstance(self.first, Phased)
        second, bias = folded(block.conv2)
        self.second = Conv(second, bias, block.noise2)
        self.last = self.second
        if self.phased and 4 * self.channels <= THIN:
            self.last = Conv(phases.between_doubled(second), bias, block.noise2)
        self.norm = Norm(self.channels, weight)

    def __call__(self, x_nhwc: Tensor, noise: Sequence[Tensor], last: bool, inner: bool) -> Tensor:
        """Return features before the second norm; of the last rung perhaps in phases."""
        first, second = noise if noise else (None, None)
        if isinstance(self.first, Phased):
            x = self.first(x_nhwc, first, inner)
        else:
            x = self.first(x_nhwc, first)
        x = self.norm.apply(x)
        if last and self.last is not self.second:
            return self.last(x, second)
        return self.second(phases.joined(x) if self.phased else x, second)


class Drawer:
    """Draws the images of a generator for one fixed set of weights, on the device they are on.

    `previews` are linear heads, weight and bias, of the rungs below the last, see `gan.previews`.
    """

    def __init__(
        self, generator: Generator, previews: Sequence[tuple[Tensor, Tensor]] = ()
    ) -> None:
        self.config: NetworkConfig = generator.config
        self._generator = generator
        weight, bias = folded(generator.conv)
        self._conv = Conv(weight, bias, generator.noise)
        self._norm = Norm(len(bias), weight)
        self._rungs = [_Rung(cast("GeneratorBlock", b), self.config) for b in generator.blocks]
        heads = [folded(cast("EqualConv", layer)) for layer in generator.to_image]
        channels = [self.config.channels(r) for r in range(self.config.rungs)]
        self._heads = [Head(w[:, :, 0, 0], b, c) for (w, b), c in zip(heads, channels, strict=True)]
        self._previews = [
            Head(w, b, c) for (w, b), c in zip(previews, channels, strict=False)
        ] or self._heads
        self._means: dict[tuple[int, ...], Tensor] = {}

    @torch.inference_mode()
    def __call__(
        self,
        z_nd: Tensor,
        label: Tensor | None = None,
        rung: int | None = None,
        noise: Sequence[Tensor] = (),
        typicality: float = 0.0,
    ) -> Tensor:
        """Return images, (n, image_channels, h, w), at a rung (default the last), fully grown.

        `label` and `noise` are those of the generator. `typicality`, 0 to 1, draws the features of
        rung 0 towards their mean: truncation by psi = 1 - typicality. The length of a latent means
        nothing here, so truncation can't be had there.
        """
        top = self.config.rungs - 1 if rung is None else rung
        maps = [n1hw.permute(0, 2, 3, 1) for n1hw in noise]
        x, image = self._started(z_nd, label, top, maps, typicality)
        whole = self._whole(top)
        for r in range(1, whole + 1):
            x, image = self._climbed(x, image, r, top, maps[2 * r - 1 : 2 * r + 1])
        if whole == top:
            assert image is not None
            return image
        pictures = x.new_empty(len(x), self.config.image_channels, *self.config.size(top))
        for one in (slice(i, i + 1) for i in range(len(x))):
            below = None if image is None else image[one]
            self._strips(pictures[one], x[one], below, whole, top, [n[one] for n in maps])
        return pictures

    @torch.inference_mode()
    def climb(
        self, z_nd: Tensor, label: Tensor | None = None, noise: Sequence[Tensor] = ()
    ) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Yield, rung by rung, normed features, (n, h, w, c), and the doubled image below.

        That is None at rung 0 and where images are not summed. The last rung is left out.
        """
        top = self.config.rungs - 1
        maps = [n1hw.permute(0, 2, 3, 1) for n1hw in noise]
        below: Tensor | None = None
        x, image = self._started(z_nd, label, top, maps)
        for r in range(top):
            if r:
                below = None if image is None else upsample(image, self.config.resample)
                x, image = self._climbed(x, image, r, top, maps[2 * r - 1 : 2 * r + 1])
            yield x, below

    def _started(
        self,
        z_nd: Tensor,
        label: Tensor | None,
        top: int,
        maps: Sequence[Tensor],
        typicality: float = 0.0,
    ) -> tuple[Tensor, Tensor | None]:
        x = self._generator.start(z_nd, label).permute(0, 2, 3, 1).contiguous()
        x = self._conv(x, maps[0] if maps else None)
        if typicality:
            x = torch.lerp(self._norm.apply(x), self._typical(label, len(x)), typicality)
        return self._seen(x, None, 0, top)  # where they are normed, as training knew them

    def _typical(self, label: Tensor | None, count: int) -> Tensor:
        """Return the mean features of rung 0, (count, h, w, c), over random latents, by label."""
        rows = [()] * count if label is None else [tuple(r.reshape(-1).tolist()) for r in label]
        for k, row in enumerate(rows):
            if row not in self._means:
                self._means[row] = self._mean(None if label is None else label[k : k + 1])
        return torch.stack([self._means[row] for row in rows])

    def _mean(self, label: Tensor | None) -> Tensor:
        total, size = None, self.config.noise_sizes(0)[:1]
        for start in range(FIRST_SEED, FIRST_SEED + AVERAGED, BATCH):
            seeds = range(start, start + BATCH)
            z = torch.from_numpy(np.stack([from_seed(s, self.config.latent) for s in seeds]))
            told = None if label is None else label.expand(BATCH, *label.shape[1:])
            x = self._generator.start(z.to(self._conv.weight), told).permute(0, 2, 3, 1)
            maps = [m.to(x).permute(0, 2, 3, 1) for m in noise_maps(seeds, size)]
            x = self._norm.apply(self._conv(x.contiguous(), maps[0] if maps else None))
            part = x.sum(dim=0, dtype=torch.float64)
            total = part if total is None else total + part
        assert total is not None
        return (total / AVERAGED).round(decimals=DIGITS).to(self._conv.weight)

    def _seen(
        self, x_nhwc: Tensor, below: Tensor | None, r: int, top: int
    ) -> tuple[Tensor, Tensor | None]:
        """Return normed features, and the image where one is needed, of features not yet normed."""
        norm = self._rungs[r - 1].norm if r else self._norm
        if r == top:
            head = self._previews[r] if r < self.config.rungs - 1 else self._heads[r]
            return x_nhwc, head(x_nhwc, norm.factor(x_nhwc), below)
        x = norm.apply(x_nhwc)
        return x, self._heads[r](x, None, below) if self.config.output == "skip" else None

    def _climbed(
        self,
        x_nhwc: Tensor,
        image: Tensor | None,
        r: int,
        top: int,
        maps: Sequence[Tensor],
        inner: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return features and image of rung r from those of the rung below, or of a strip."""
        x = self._rungs[r - 1](x_nhwc, maps, r == top, inner)
        below = None if image is None else upsample(image, self.config.resample)
        return self._seen(x, below, r, top)

    def _strips(
        self,
        picture: Tensor,
        x_nhwc: Tensor,
        image: Tensor | None,
        bottom: int,
        top: int,
        maps: Sequence[Tensor],
    ) -> None:
        """Write the picture of one latent at the top rung from its features at the bottom one."""
        rows, doublings = x_nhwc.shape[1], top - bottom
        step = self._strip_rows(bottom, top)
        for start in range(0, rows, step):
            stop, first = min(start + step, rows), 0
            x, low = x_nhwc, image
            for r in range(bottom + 1, top + 1):
                k = r - 1 - bottom
                a, b = max((start << k) - HALO, 0), min((stop << k) + HALO, rows << k)
                x = x[:, a - first : b - first]
                low = None if low is None else low[:, :, a - first : b - first]
                noise = [m[:, 2 * a : 2 * b] for m in maps[2 * r - 1 : 2 * r + 1]]
                inner = a > 0 and b < rows << k
                x, low = self._climbed(x, low, r, top, noise, inner)
                first = 2 * a
            assert low is not None
            a, b = start << doublings, stop << doublings
            picture[:, :, a:b] = low[:, :, a - first : b - first]

    def _features(self, rung: int) -> int:
        return math.prod(self.config.size(rung)) * self.config.channels(rung)

    def _whole(self, top: int) -> int:
        """Return the last rung that is drawn whole; on a GPU that is the top."""
        if self._conv.weight.device.type != "cpu":
            return top
        small = (r for r in range(top) if self._features(r + 1) > WHOLE)
        rung = next(small, top)
        while rung < top and self._strip_rows(rung, top) < ROWS:
            rung += 1
        return rung

    def _strip_rows(self, bottom: int, top: int) -> int:
        """Return rows of the bottom rung for which no rung's strip is much larger than `STRIP`."""
        rows = self.config.size(bottom)[0]
        densest = max(self._features(r) for r in range(bottom + 1, top + 1)) / rows
        return max(round(STRIP / densest), 1)

"""Generator and critic, built once for all rungs of the ladder; growth never changes a module.

`forward(..., rung, alpha)` says which rung makes the image and how far it has faded in: alpha 1 is
the rung alone, alpha 0 the rung below, doubled (Karras et al. 2018, figure 2). Rungs above are not
touched, so they cost nothing until the ladder reaches them.
"""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from gan.activation import activate, activate_halved, activate_normed, pixel_norm, widened
from gan.config import NetworkConfig
from gan.labels import one_hot
from gan.layers import (
    ROOT2,
    EqualConv,
    EqualLinear,
    EqualStart,
    NoiseInput,
    downsample,
    minibatch_deviation,
    upsample,
)


class GeneratorBlock(nn.Module):
    """Two convolutions of one rung; the image is doubled before the first."""

    def __init__(self, inputs: int, outputs: int, noise: bool) -> None:
        super().__init__()
        self.conv1 = EqualConv(inputs, outputs, 3)
        self.conv2 = EqualConv(outputs, outputs, 3)
        self.noise1 = NoiseInput(outputs) if noise else None
        self.noise2 = NoiseInput(outputs) if noise else None

    def forward(self, x_nchw: Tensor, maps: Iterator[Tensor], resample: str) -> Tensor:
        """Return features, (n, outputs, 2h, 2w), of features half as large; takes two maps."""
        y = activate_normed(noisy(self.conv1.doubled(x_nchw, resample), self.noise1, maps))
        return activate_normed(noisy(self.conv2(y), self.noise2, maps))


def noisy(x_nchw: Tensor, noise: NoiseInput | None, maps: Iterator[Tensor]) -> Tensor:
    """Return features with the next noise map; without maps left, as they are."""
    if noise is None or (n1hw := next(maps, None)) is None:
        return x_nchw
    added: Tensor = noise(x_nchw, n1hw)
    return added


class Generator(nn.Module):
    """Latents and labels to images in [-1, 1] (linear output: values beyond are possible)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        first = config.channels(0)
        inputs = config.latent + config.label_width
        # Gain sqrt(2)/4 as in the official code, which keeps the first features near unit size.
        self.first = EqualStart(inputs, first, config.base, gain=ROOT2 / 4)
        self.conv = EqualConv(first, first, 3)
        self.noise = NoiseInput(first) if config.noise else None
        self.blocks = nn.ModuleList(
            GeneratorBlock(config.channels(r - 1), config.channels(r), config.noise)
            for r in range(1, config.rungs)
        )
        self.to_image = nn.ModuleList(
            EqualConv(config.channels(r), config.image_channels, 1, gain=1.0)
            for r in range(config.rungs)
        )

    def inputs(self, z_nd: Tensor, label: Tensor | None) -> Tensor:
        """Return what enters the first layer: normalised latents, then one-hot labels.

        Each label weighs as much as a quarter of the latent does, so that the view is learnt early.
        """
        z_nd = pixel_norm(z_nd)
        if not self.config.label_width:
            return z_nd
        hot = one_hot(self.config, label, z_nd)
        return torch.cat([z_nd, hot * (math.sqrt(self.config.latent) / 2)], dim=1)

    def start(self, z_nd: Tensor, label: Tensor | None) -> Tensor:
        """Return what enters the first convolution, (n, channels, h, w) at rung 0."""
        return activate_normed(self.first(self.inputs(z_nd, label)))

    def forward(
        self,
        z_nd: Tensor,
        label: Tensor | None = None,
        rung: int | None = None,
        alpha: float | Tensor = 1.0,
        noise: Sequence[Tensor] = (),
    ) -> Tensor:
        """Return images, (n, image_channels, h, w), of a rung (default the last) faded by alpha.

        Images are float32, also under autocast. `label` is (n,) or (n, kinds), see `gan.labels`.
        `noise` holds maps, (n, 1, h, w) each, of the sizes `config.noise_sizes` tells; without any
        the images are what noise varies about.
        """
        config = self.config
        top = config.rungs - 1 if rung is None else rung
        x = self.start(z_nd, label)
        maps = iter(noise)
        x = activate_normed(noisy(self.conv(x), self.noise, maps))
        if config.output == "skip":
            return self._summed(x, top, alpha, maps)
        below = x
        for block in self.blocks[:top]:
            below = x
            x = block(below, maps, config.resample)
        image: Tensor = widened(self.to_image[top](x))
        if top and not (isinstance(alpha, float) and alpha >= 1.0):
            # The image of the rung below, doubled; 1x1 convolution and doubling commute.
            low = upsample(widened(self.to_image[top - 1](below)), config.resample)
            image = torch.lerp(low, image, _weight(alpha, image))
        return image

    def _summed(self, x: Tensor, top: int, alpha: float | Tensor, maps: Iterator[Tensor]) -> Tensor:
        image: Tensor = widened(self.to_image[0](x))
        for rung in range(1, top + 1):
            x = self.blocks[rung - 1](x, maps, self.config.resample)
            detail = widened(self.to_image[rung](x))
            image = upsample(image, self.config.resample)
            image = image + (detail * alpha if rung == top else detail)
        return image


class CriticBlock(nn.Module):
    """Two convolutions of one rung, then 2x2 means."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = EqualConv(inputs, inputs, 3)
        self.conv2 = EqualConv(inputs, outputs, 3)

    def forward(self, x_nchw: Tensor) -> Tensor:
        """Return features, (n, outputs, h / 2, w / 2)."""
        return activate_halved(self.conv2(activate(self.conv1(x_nchw))))


class Critic(nn.Module):
    """Images and labels to one score each, without bound; labels enter by projection.

    Projection: the dot product of the last features with the label's embedding is added to the
    score (Miyato and Koyama 2018).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        first = config.channels(0)
        height, width = config.base
        self.from_image = nn.ModuleList(
            EqualConv(config.image_channels, config.channels(r), 1) for r in range(config.rungs)
        )
        self.blocks = nn.ModuleList(
            CriticBlock(config.channels(r), config.channels(r - 1)) for r in range(1, config.rungs)
        )
        self.conv = EqualConv(first + 1, first, 3)
        self.dense = EqualLinear(first * height * width, first)
        self.score = EqualLinear(first, 1, gain=1.0)
        told = config.label_width
        self.embedding = EqualLinear(told, first, gain=1.0, bias=False) if told else None

    def features(
        self,
        x_nchw: Tensor,
        rung: int | None = None,
        alpha: float | Tensor = 1.0,
        batches: int = 1,
    ) -> Tensor:
        """Return the last features, (n, channels), of images at a rung, faded by alpha."""
        top = self.config.rungs - 1 if rung is None else rung
        x: Tensor = activate(self.from_image[top](x_nchw))
        for r in range(top, 0, -1):
            x = self.blocks[r - 1](x)
            if r == top and not (isinstance(alpha, float) and alpha >= 1.0):
                below = activate(self.from_image[top - 1](downsample(x_nchw)))
                x = torch.lerp(below, x, _weight(alpha, x))
        x = minibatch_deviation(x, self.config.deviation_group, batches)
        x = activate(self.conv(x))
        return activate(self.dense(x.flatten(1)))

    def forward(
        self,
        x_nchw: Tensor,
        label: Tensor | None = None,
        rung: int | None = None,
        alpha: float | Tensor = 1.0,
        batches: int = 1,
    ) -> Tensor:
        """Return scores, (n,), computed in float32 from the last features.

        Several `batches`, one after the other in x, get the scores each would get alone.
        """
        f_nd = widened(self.features(x_nchw, rung, alpha, batches))
        # Products and sums, not matrix products, because autocast would round those to bfloat16.
        score: Tensor = (f_nd * (self.score.weight * self.score.scale)).sum(dim=1)
        if self.score.bias is not None:
            score = score + self.score.bias
        if self.embedding is not None:
            hot = one_hot(self.config, label, f_nd)
            weight = self.embedding.weight * self.embedding.scale
            told = (hot.unsqueeze(1) * weight).sum(dim=2)
            score = score + (f_nd * told).sum(dim=1) / math.sqrt(f_nd.shape[1])
        return score


def _weight(alpha: float | Tensor, like: Tensor) -> Tensor:
    return torch.as_tensor(alpha, dtype=like.dtype, device=like.device)

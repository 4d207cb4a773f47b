"""Our networks against a plain re-implementation from the published descriptions.

Written from Karras et al. 2018 (arXiv 1710.10196: section 2 on fading, 3 on minibatch deviation,
4 on equalised rate and pixel norm, table 2 for the layers), with the options after Miyato and
Koyama 2018 (projection), Karras et al. 2019 (noise, bilinear) and 2020 (summed outputs), in double
precision numpy and scipy, square 4x4 base, sharing nothing with gan but the weights.
"""

import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from gan.config import NetworkConfig
from gan.networks import Critic, Generator

LADDER = {"base": (4, 4), "rungs": 4, "latent": 6, "channel_base": 64, "channel_max": 6}
OPTIONS = {
    "paper": {},
    "pair": {"image_channels": 2},
    "bilinear": {"resample": "bilinear"},
    "skip": {"output": "skip"},
    "noise": {"noise": True},
    "labels": {"labels": ("CC", "MLO"), "densities": ("A", "B", "C", "D"), "label_dropout": 0.1},
    "groups of two": {"deviation_group": 2},
    "half width": {"width": 0.5},
    "all": {
        "image_channels": 2,
        "resample": "bilinear",
        "output": "skip",
        "noise": True,
        "densities": ("A", "B"),
        "vendors": ("x", "y", "z"),
        "label_dropout": 0.1,
    },
}
ROOT2 = math.sqrt(2)


def conv(x, weight, bias, gain):
    outputs, inputs, kernel, _ = weight.shape
    scaled = weight * gain / math.sqrt(inputs * kernel * kernel)
    y = np.zeros((len(x), outputs, *x.shape[2:]))
    for n in range(len(x)):
        for o in range(outputs):
            for i in range(inputs):
                y[n, o] += correlate2d(x[n, i], scaled[o, i], mode="same")
            y[n, o] += bias[o]
    return y


def base(x, weight, bias, gain):
    """Table 2's first layer, 4x4 over a padded 1x1: each position has its own product."""
    scaled = (weight * gain / math.sqrt(weight.shape[1])).reshape(len(bias), 4, 4, -1)
    return np.einsum("oijd,nd->noij", scaled, x) + bias[:, None, None]


def dense(x, weight, bias, gain):
    return x @ (weight * gain / math.sqrt(weight.shape[1])).T + bias


def leaky(x):
    return np.where(x >= 0, x, 0.2 * x)


def normalise(x):
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-8)


def nearest(x):
    return x.repeat(2, axis=2).repeat(2, axis=3)


def bilinear(x):
    """Each new pixel is 3/4 of the old one it lies in and 1/4 of the nearest neighbour."""
    for axis in (2, 3):
        old = np.moveaxis(x, axis, -1)
        before = np.concatenate([old[..., :1], old[..., :-1]], axis=-1)
        after = np.concatenate([old[..., 1:], old[..., -1:]], axis=-1)
        pairs = np.stack([0.75 * old + 0.25 * before, 0.75 * old + 0.25 * after], axis=-1)
        x = np.moveaxis(pairs.reshape(*old.shape[:-1], -1), -1, axis)
    return x


def halve(x):
    return (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4


def hot(config, label):
    """One-hot vectors of all kinds side by side; -1 is any, all zeros."""
    parts = []
    for column, classes in enumerate(config.label_kinds.values()):
        table = np.vstack([np.eye(len(classes)), np.zeros(len(classes))])
        parts.append(table[label[:, column]])
    return np.hstack(parts)


class Weights:
    def __init__(self, network):
        self.all = {k: v.detach().double().numpy() for k, v in network.state_dict().items()}

    def __call__(self, name):
        return self.all[f"{name}.weight"], self.all[f"{name}.bias"]

    def noise(self, name, maps):
        strength = self.all.get(f"{name}.strength")
        return 0 if strength is None else strength * maps.pop(0)


def generator(w, config, z, label, maps, rung, alpha):
    double = bilinear if config.resample == "bilinear" else nearest
    x = normalise(z)
    if label is not None:
        x = np.hstack([x, hot(config, label) * math.sqrt(z.shape[1]) / 2])
    x = normalise(leaky(base(x, *w("first"), ROOT2 / 4)))
    x = normalise(leaky(conv(x, *w("conv"), ROOT2) + w.noise("noise", maps)))
    images = [conv(x, *w("to_image.0"), 1)]
    for r in range(1, rung + 1):
        x = double(x)
        for k in (1, 2):
            x = conv(x, *w(f"blocks.{r - 1}.conv{k}"), ROOT2)
            x = normalise(leaky(x + w.noise(f"blocks.{r - 1}.noise{k}", maps)))
        images.append(conv(x, *w(f"to_image.{r}"), 1))
    if rung == 0:
        return images[0]
    if config.output == "fade":
        return (1 - alpha) * double(images[-2]) + alpha * images[-1]
    total = images[0]
    for r in range(1, rung + 1):
        total = double(total) + (alpha if r == rung else 1) * images[r]
    return total


def deviation(x, group):
    """Groups of images that lie len(x) / group apart; one number for each group."""
    found = np.zeros(len(x))
    step = len(x) // group
    for k in range(step):
        members = x[k::step]
        found[k::step] = np.sqrt(members.var(axis=0) + 1e-8).mean()
    return np.broadcast_to(found[:, None, None, None], (len(x), 1, *x.shape[2:]))


def critic(w, config, image, label, rung, alpha):
    x = leaky(conv(image, *w(f"from_image.{rung}"), ROOT2))
    for r in range(rung, 0, -1):
        x = leaky(conv(x, *w(f"blocks.{r - 1}.conv1"), ROOT2))
        x = halve(leaky(conv(x, *w(f"blocks.{r - 1}.conv2"), ROOT2)))
        if r == rung:
            low = leaky(conv(halve(image), *w(f"from_image.{r - 1}"), ROOT2))
            x = (1 - alpha) * low + alpha * x
    x = np.concatenate([x, deviation(x, config.deviation_group)], axis=1)
    x = leaky(conv(x, *w("conv"), ROOT2)).reshape(len(x), -1)
    x = leaky(dense(x, *w("dense"), ROOT2))
    score = dense(x, *w("score"), 1)[:, 0]
    if label is not None:
        table = w.all["embedding.weight"] / math.sqrt(w.all["embedding.weight"].shape[1])
        score = score + (x * (hot(config, label) @ table.T)).sum(axis=1) / math.sqrt(x.shape[1])
    return score


def unsettled(network):
    """Return the network in double precision, with its biases and noise strengths not at zero.

    Zero is where they start and where a mistake in them would not show.
    """
    for name, value in network.named_parameters():
        if name.endswith(("bias", "strength")):
            torch.nn.init.normal_(value, std=0.3)
    return network.double()


def some_labels(config, n):
    if not config.label_kinds:
        return None
    return torch.stack(
        [torch.arange(n) % (len(c) + 1) - 1 for c in config.label_kinds.values()], dim=1
    )


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rung", [0, 1, 2, 3])
@pytest.mark.parametrize("option", OPTIONS)
def test_same_weights_same_output(option, rung, alpha):
    torch.manual_seed(11)
    config = NetworkConfig(**LADDER, **OPTIONS[option])
    ours, z, label = (
        unsettled(Generator(config)),
        torch.randn(4, 6).double(),
        some_labels(config, 4),
    )
    told = None if label is None else label.numpy()
    maps = [torch.randn(4, 1, h, w).double() for h, w in config.noise_sizes(rung)]
    image = ours(z, label, rung, alpha, maps).detach()
    plain = [m.numpy() for m in maps]
    expected = generator(Weights(ours), config, z.numpy(), told, plain, rung, alpha)
    np.testing.assert_allclose(image.numpy(), expected, atol=1e-9)
    judge = unsettled(Critic(config))
    score = judge(image, label, rung, alpha).detach().numpy()
    expected = critic(Weights(judge), config, image.numpy(), told, rung, alpha)
    np.testing.assert_allclose(score, expected, atol=1e-9)


def test_deviation_of_several_groups():
    torch.manual_seed(12)
    config = NetworkConfig(**{**LADDER, "rungs": 2})
    judge, image = unsettled(Critic(config)), torch.randn(8, 1, 8, 8).double()  # two groups of four
    expected = critic(Weights(judge), config, image.numpy(), None, 1, 1.0)
    np.testing.assert_allclose(judge(image).detach().numpy(), expected, atol=1e-9)

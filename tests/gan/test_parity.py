"""Our networks against a plain re-implementation from the published description.

Written from Karras et al. 2018 (arXiv 1710.10196: section 2 on fading, 3 on minibatch deviation,
4 on equalised rate and pixel norm, table 2 for the layers), in double precision numpy and scipy,
square 4x4 base, sharing nothing with gan but the weights.
"""

import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from gan.config import NetworkConfig
from gan.networks import Critic, Generator

CONFIG = NetworkConfig(base=(4, 4), rungs=3, latent=6, channel_base=32, channel_max=6)


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


def dense(x, weight, bias, gain):
    return x @ (weight * gain / math.sqrt(weight.shape[1])).T + bias


def leaky(x):
    return np.where(x >= 0, x, 0.2 * x)


def normalise(x):
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-8)


def double(x):
    return x.repeat(2, axis=2).repeat(2, axis=3)


def halve(x):
    return (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4


class Weights:
    def __init__(self, network):
        self.all = {k: v.detach().double().numpy() for k, v in network.state_dict().items()}

    def __call__(self, name):
        return self.all[f"{name}.weight"], self.all[f"{name}.bias"]


ROOT2 = math.sqrt(2)


def generator(w, z, rung, alpha):
    x = dense(normalise(z), *w("first"), ROOT2 / 4).reshape(len(z), -1, 4, 4)
    x = normalise(leaky(x))
    x = normalise(leaky(conv(x, *w("conv"), ROOT2)))
    images = [conv(x, *w("to_image.0"), 1)]
    for r in range(1, rung + 1):
        x = double(x)
        for name in ("conv1", "conv2"):
            x = normalise(leaky(conv(x, *w(f"blocks.{r - 1}.{name}"), ROOT2)))
        images.append(conv(x, *w(f"to_image.{r}"), 1))
    if rung == 0:
        return images[0]
    return (1 - alpha) * double(images[-2]) + alpha * images[-1]


def critic(w, image, rung, alpha):
    x = leaky(conv(image, *w(f"from_image.{rung}"), ROOT2))
    for r in range(rung, 0, -1):
        x = leaky(conv(x, *w(f"blocks.{r - 1}.conv1"), ROOT2))
        x = halve(leaky(conv(x, *w(f"blocks.{r - 1}.conv2"), ROOT2)))
        if r == rung:
            low = leaky(conv(halve(image), *w(f"from_image.{r - 1}"), ROOT2))
            x = (1 - alpha) * low + alpha * x
    deviation = np.sqrt(x.var(axis=0) + 1e-8).mean()  # one group of four
    x = np.concatenate([x, np.full((len(x), 1, *x.shape[2:]), deviation)], axis=1)
    x = leaky(conv(x, *w("conv"), ROOT2)).reshape(len(x), -1)
    x = leaky(dense(x, *w("dense"), ROOT2))
    return dense(x, *w("score"), 1)[:, 0]


def with_biases(network):
    """Biases start at zero, where a mistake in them would not show."""
    for name, value in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value, std=0.3)
    return network


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rung", [0, 1, 2])
def test_same_weights_same_output(rung, alpha):
    torch.manual_seed(11)
    ours, z = with_biases(Generator(CONFIG)), torch.randn(4, 6)
    image = ours(z, None, rung, alpha).detach()
    expected = generator(Weights(ours), z.double().numpy(), rung, alpha)
    np.testing.assert_allclose(image.numpy(), expected, atol=1e-5)
    judge = with_biases(Critic(CONFIG))
    score = judge(image, None, rung, alpha).detach().numpy()
    expected = critic(Weights(judge), image.double().numpy(), rung, alpha)
    np.testing.assert_allclose(score, expected, atol=1e-5)

"""Places and types: no tensor is left on the CPU, and bfloat16 rounds no norm, sum or score.

A network on the meta device stands in for one on a GPU: an operation between it and a CPU tensor
fails in the same way.
"""

import pytest
import torch

from gan.activation import pixel_norm
from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.layers import minibatch_deviation
from gan.losses import gradient_square, interpolated_penalty
from gan.networks import Critic, Generator

CONFIG = NetworkConfig(
    latent=8,
    channel_base=128,
    channel_max=16,
    rungs=3,
    labels=("CC", "MLO"),
    densities=("A", "B"),
    label_dropout=0.1,
    noise=True,
)


@pytest.mark.parametrize("output", ["fade", "skip"])
@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
def test_nothing_stays_on_the_cpu(output, resample):
    config = NetworkConfig(**{**CONFIG.to_dict(), "output": output, "resample": resample})
    with torch.device("meta"):
        generator, critic = Generator(config), Critic(config)
        z, label = torch.randn(4, 8), torch.zeros(4, 2, dtype=torch.int64)
        maps = [torch.randn(4, 1, h, w) for h, w in config.noise_sizes(2)]
        real, mix = torch.randn(4, 1, 20, 16), torch.rand(4)
    for told, alpha in ((label, 0.5), (None, 1.0), (label[:, 0], torch.tensor(0.5, device="meta"))):
        fake = generator(z, told, 2, alpha, maps)

        def score(x, told=told, alpha=alpha):
            return critic(x, told, 2, alpha)

        penalty = interpolated_penalty(real, fake, mix, score)
        loss = score(fake).mean() + gradient_square(real, score).mean() + penalty
        loss.backward()
        assert loss.device.type == "meta"
    assert Drawer(generator)(z, label, 2, maps).device.type == "meta"


def test_norms_are_taken_in_float32():
    x = torch.full((1, 512, 1, 1), 300.0, dtype=torch.float16)  # its square is not a float16
    torch.testing.assert_close(pixel_norm(x), torch.ones_like(x))
    y = torch.full((4, 1, 2, 2), 300.0, dtype=torch.bfloat16)
    y[::2] = 302.0
    assert minibatch_deviation(y, 4)[0, 1, 0, 0] == 1.0


def test_scores_and_pictures_are_float32_under_autocast():
    torch.manual_seed(0)
    generator, critic = Generator(CONFIG), Critic(CONFIG)
    z, label = torch.randn(4, 8), torch.tensor([[0, 1], [1, 0], [-1, 1], [0, -1]])
    maps = [torch.randn(4, 1, h, w) for h, w in CONFIG.noise_sizes(2)]
    exact = generator(z, label, 2, 0.5, maps)
    with torch.autocast("cpu", torch.bfloat16):
        seen: list[torch.dtype] = []
        generator.conv.register_forward_hook(lambda m, i, o: seen.append(o.dtype))
        generator.blocks[1].register_forward_hook(lambda m, i, o: seen.append(o.dtype))
        image = generator(z, label, 2, 0.5, maps)
        score = critic(exact, label, 2, 0.5)
    assert seen == [torch.bfloat16, torch.bfloat16]
    assert image.dtype == score.dtype == torch.float32
    torch.testing.assert_close(image, exact, atol=0.15, rtol=0.05)
    assert not torch.equal(score, score.bfloat16().float())
    torch.testing.assert_close(score, critic(exact, label, 2, 0.5), atol=0.05, rtol=0.05)

"""Preview heads: by least squares, kept only where they are better, used below the last rung."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.labels import every
from gan.latent import from_seed, noise_maps
from gan.networks import Generator
from gan.previews import FIRST_SEED, fitted


def a_generator(**options):
    torch.manual_seed(4)
    config = NetworkConfig(latent=16, channel_base=128, channel_max=16, rungs=4, **options)
    generator = Generator(config).eval().requires_grad_(False)
    for name, value in generator.named_parameters():
        if name.endswith(("bias", "strength")):
            torch.nn.init.normal_(value, std=0.2)
    return generator


def drawn(generator, seeds, rung, previews=()):
    """Images at a rung, and the full pictures averaged to its size."""
    config, draw = generator.config, Drawer(generator, previews)
    z = torch.from_numpy(np.stack([from_seed(s, config.latent) for s in seeds]))
    label = every(config, len(seeds))
    maps = noise_maps(seeds, config.noise_sizes(config.rungs - 1))
    full = draw(z, label, noise=maps)
    low = draw(z, label, rung, maps[: len(config.noise_sizes(rung))])
    return low, F.avg_pool2d(full, 2 ** (config.rungs - 1 - rung))


def distance(pair):
    return float((pair[0] - pair[1]).square().mean().sqrt())


@pytest.mark.parametrize("options", [{}, {"resample": "bilinear", "output": "skip", "noise": True}])
def test_previews_come_nearer_to_the_averaged_picture(options):
    generator = a_generator(labels=("CC", "MLO"), **options)
    previews = fitted(generator, fit=32, judge=16)
    assert len(previews.heads) == len(previews.before) == 3
    for rung in range(3):
        plain = distance(drawn(generator, range(16), rung))
        better = distance(drawn(generator, range(16), rung, previews.heads))
        assert better < 0.8 * plain
        assert previews.after[rung] == pytest.approx(better, rel=0.25)
        assert previews.before[rung] == pytest.approx(plain, rel=0.25)


def test_the_full_picture_is_left_alone():
    generator = a_generator()
    heads = fitted(generator, fit=4, judge=2).heads
    torch.testing.assert_close(drawn(generator, [1], 3, heads)[0], drawn(generator, [1], 3)[0])


def test_heads_are_those_of_least_squares():
    generator = a_generator()
    previews = fitted(generator, fit=20, judge=4)
    features: list[torch.Tensor] = []
    generator.blocks[0].register_forward_hook(lambda m, i, o: features.append(o))
    seeds = range(FIRST_SEED, FIRST_SEED + 20)
    z = torch.from_numpy(np.stack([from_seed(s, 16) for s in seeds]))
    target = F.avg_pool2d(generator(z), 4).flatten().double().numpy()
    seen = features[0].permute(0, 2, 3, 1).flatten(0, 2).double().numpy()
    best, *_ = np.linalg.lstsq(np.c_[seen, np.ones(len(seen))], target)
    weight, bias = previews.heads[1]
    found = np.r_[weight.numpy().ravel(), bias.numpy()]
    np.testing.assert_allclose(found, best, atol=0.02 * np.abs(best).max())


def test_pairs_have_previews_of_both_channels():
    generator = a_generator(image_channels=2, densities=("A", "B"), output="skip")
    previews = fitted(generator, fit=16, judge=8)
    assert [tuple(w.shape) for w, _ in previews.heads] == [(2, 16), (2, 18), (2, 18)]
    assert all(a <= b for a, b in zip(previews.after, previews.before, strict=True))

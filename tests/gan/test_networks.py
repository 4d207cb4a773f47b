"""Growth: shapes of every rung, and what alpha 0 and 1 mean."""

import pytest
import torch

from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.latent import noise_maps
from gan.layers import downsample, upsample
from gan.networks import Critic, Generator

SMALL = {"latent": 8, "channel_base": 128, "channel_max": 16, "rungs": 4}


def config(**changes) -> NetworkConfig:
    return NetworkConfig(**{**SMALL, **changes})


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(3)


@pytest.mark.parametrize("output", ["fade", "skip"])
@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
@pytest.mark.parametrize("rung", range(4))
def test_every_rung_makes_and_scores_images(rung, resample, output):
    c = config(resample=resample, output=output, labels=("CC", "MLO"))
    z, label = torch.randn(4, 8), torch.tensor([0, 1, 0, 1])
    x = Generator(c)(z, label, rung, 0.5)
    assert x.shape == (4, 1, 5 * 2**rung, 4 * 2**rung)
    score = Critic(c)(x, label, rung, 0.5)
    assert score.shape == (4,)
    assert torch.isfinite(score).all()


def test_alpha_zero_is_the_rung_below_doubled():
    for output in ("fade", "skip"):
        generator = Generator(config(resample="nearest", output=output))
        z = torch.randn(2, 8)
        below = upsample(generator(z, None, 1), "nearest")
        torch.testing.assert_close(generator(z, None, 2, 0.0), below)


def test_alpha_zero_of_the_critic_scores_the_halved_image():
    critic = Critic(config())
    x = torch.randn(4, 1, 20, 16)
    torch.testing.assert_close(critic(x, None, 2, 0.0), critic(downsample(x), None, 1))


@pytest.mark.parametrize("half", [0.25, torch.tensor(0.25)])
def test_fading_is_linear_in_alpha(half):
    generator = Generator(config())
    z = torch.randn(2, 8)
    low, high = generator(z, None, 2, 0.0), generator(z, None, 2, 1.0)
    torch.testing.assert_close(generator(z, None, 2, half), 0.75 * low + 0.25 * high)


def test_latent_length_does_not_matter():
    generator = Generator(config())
    z = torch.randn(2, 8)
    torch.testing.assert_close(generator(z), generator(3.7 * z), atol=1e-4, rtol=1e-4)


def test_full_width_has_the_published_size():
    # Karras et al. 2018, table 2, in 5:4 with one channel: 24.1 million parameters each.
    c = NetworkConfig()
    with torch.device("meta"):
        for network in (Generator(c), Critic(c)):
            count = sum(p.numel() for p in network.parameters())
            assert count == pytest.approx(24.1e6, rel=0.02)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rungs": 0},
        {"resample": "cubic"},
        {"output": "tanh"},
        {"image_channels": 3},
        {"labels": ("CC", "CC")},
        {"channel_base": 8, "channel_max": 8, "rungs": 9},
    ],
)
def test_configuration_refuses(wrong):
    with pytest.raises(ValueError, match="not allowed"):
        config(**wrong)


def test_configuration_round_trip_and_unknown_keys():
    c = config(labels=("CC", "MLO"))
    assert NetworkConfig.from_dict(c.to_dict()) == c
    with pytest.raises(ValueError, match="unknown keys"):
        NetworkConfig.from_dict({**c.to_dict(), "depth": 3})


def noisy_generator():
    """A generator whose noise strengths are not at their zero start."""
    generator = Generator(config(noise=True, resample="bilinear", output="skip"))
    for name, value in generator.named_parameters():
        if name.endswith("strength"):
            torch.nn.init.normal_(value, std=0.5)
    return generator


def test_noise_starts_without_effect_and_none_is_its_middle():
    generator, z = Generator(config(noise=True)), torch.randn(2, 8)
    maps = noise_maps([1, 2], generator.config.noise_sizes(3))
    torch.testing.assert_close(generator(z, noise=maps), generator(z))


def test_each_image_has_its_own_noise():
    generator, z = noisy_generator(), torch.randn(1, 8).repeat(3, 1)
    one, two, again = generator(z, noise=noise_maps([1, 2, 1], generator.config.noise_sizes(3)))
    torch.testing.assert_close(one, again)
    assert (one - two).abs().max() > 0.05


def test_the_drawer_takes_the_same_noise():
    generator, z = noisy_generator(), torch.randn(2, 8)
    for rung in range(4):
        maps = noise_maps([5, 6], generator.config.noise_sizes(rung))
        expected = generator(z, None, rung, noise=maps).detach()
        drawn = Drawer(generator)(z, None, rung, maps)
        torch.testing.assert_close(drawn, expected, atol=1e-4, rtol=1e-4)


def test_a_lower_rung_has_the_maps_it_has_within_a_higher_one():
    low, high = (noise_maps([3], config(noise=True).noise_sizes(r)) for r in (1, 3))
    assert [tuple(m.shape) for m in low] == [(1, 1, 5, 4), (1, 1, 10, 8), (1, 1, 10, 8)]
    for a, b in zip(low, high, strict=False):
        torch.testing.assert_close(a, b)


def test_the_tenth_rung_learns_at_2560x2048():
    c = config(rungs=10, channel_base=1024, channel_max=4)
    generator, critic = Generator(c), Critic(c)
    x = generator(torch.randn(1, 8), None, 9, 0.5)
    assert x.shape == (1, 1, 2560, 2048)
    critic(x, None, 9, 0.5).sum().backward()
    for network in (generator, critic):
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in used(network, 9))


def used(network, rung):
    """Parameters of the layers that a fading rung uses."""
    idle = tuple(f"{kind}.{r}." for kind in ("to_image", "from_image") for r in range(rung - 1))
    return [p for name, p in network.named_parameters() if not name.startswith(idle)]


def test_quarter_width_is_a_quarter_of_every_rung():
    full, quarter = NetworkConfig(), NetworkConfig(width=0.25)
    old = NetworkConfig(channel_base=2048, channel_max=128)
    for rung in range(9):
        assert quarter.channels(rung) == old.channels(rung) == full.channels(rung) / 4


def test_the_first_layer_has_one_bias_per_channel_and_takes_older_weights():
    torch.manual_seed(5)
    c = config(rungs=1)
    generator = Generator(c)
    assert generator.first.bias.shape == (c.channels(0),)
    old = {k: v.clone() for k, v in generator.state_dict().items()}
    old["first.bias"] = torch.randn(c.channels(0) * 20)
    z = torch.randn(2, 8)
    before = generator.first(generator.inputs(z, None)).detach()
    generator.load_state_dict(old)
    after = generator.first(generator.inputs(z, None)).detach()
    torch.testing.assert_close(
        after - before, old["first.bias"].reshape(1, -1, 5, 4).expand(2, -1, 5, 4)
    )

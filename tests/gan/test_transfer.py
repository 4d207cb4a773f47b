"""Weights taken into longer ladders and more labels draw and score the same."""

import pytest
import torch

from gan.config import NetworkConfig
from gan.networks import Critic, Generator
from gan.transfer import take_weights

SMALL = {"latent": 8, "channel_base": 64, "channel_max": 8, "rungs": 2}
OLD = NetworkConfig(**SMALL, labels=("CC", "MLO"))


def trained(kind, config):
    torch.manual_seed(6)
    network = kind(config).requires_grad_(False)
    for name, value in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value, std=0.3)
    return network


@pytest.mark.parametrize(
    "longer",
    [
        NetworkConfig(**{**SMALL, "rungs": 4}, labels=("CC", "MLO")),
        NetworkConfig(**SMALL, labels=("MLO", "CC"), densities=("A", "B"), label_dropout=0.1),
        NetworkConfig(**SMALL, labels=("CC", "MLO", "ML"), noise=True),
    ],
)
def test_the_same_picture_and_score_up_to_the_old_top(longer):
    torch.manual_seed(7)
    z, x = torch.randn(4, 8), torch.randn(4, 1, 10, 8)
    old, new = trained(Generator, OLD), Generator(longer)
    old_critic, critic = trained(Critic, OLD), Critic(longer)
    take_weights(new, old)
    take_weights(critic, old_critic)
    for view in ("CC", "MLO"):
        before = torch.full((4,), OLD.labels.index(view))
        after = torch.full((4, len(longer.label_kinds)), -1)
        after[:, 0] = longer.labels.index(view)
        torch.testing.assert_close(new(z, after, 1), old(z, before, 1))
        torch.testing.assert_close(critic(x, after, 1), old_critic(x, before, 1))
        if "density" in longer.label_kinds:  # not told before, so it begins without effect
            after[:, 1] = 0
            torch.testing.assert_close(new(z, after, 1), old(z, before, 1))


def test_labels_for_networks_that_had_none():
    plain, z = NetworkConfig(**SMALL), torch.randn(2, 8)
    old, new = trained(Generator, plain), Generator(OLD)
    take_weights(new, old)
    torch.testing.assert_close(new(z, torch.tensor([0, 1])), old(z))
    critic = Critic(OLD)
    take_weights(critic, trained(Critic, plain))
    assert critic.embedding is not None
    assert not critic.embedding.weight.any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latent": 16}, "latent is 8, here 16"),
        ({"rungs": 1}, "it has 2 rungs, here 1"),
        ({"channel_max": 4}, "8 channels at rung 0, here 4"),
        ({"output": "skip"}, "output is fade, here skip"),
        ({"labels": ("CC",)}, "it was told view MLO"),
    ],
)
def test_what_does_not_fit_is_said(changes, words):
    other = NetworkConfig(**{**SMALL, "labels": ("CC", "MLO"), **changes})
    with pytest.raises(ValueError, match=words):
        take_weights(Generator(other), Generator(OLD))

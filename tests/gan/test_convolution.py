"""The convolution and its two backward passes, against the library's own and finite differences."""

import pytest
import torch
import torch.nn.functional as F

from gan.config import NetworkConfig
from gan.convolution import convolve, only_images
from gan.losses import gradient_square
from gan.networks import Critic


def inputs(kernel, kind=torch.float64):
    draw = torch.Generator().manual_seed(kernel)
    shapes = [(2, 3, 5, 4), (4, 3, kernel, kernel), (4,)]
    return [torch.randn(s, generator=draw, dtype=kind, requires_grad=True) for s in shapes]


@pytest.mark.parametrize("kernel", [1, 3])
def test_gradients_agree_with_finite_differences(kernel):
    given = inputs(kernel)
    torch.testing.assert_close(convolve(*given), F.conv2d(*given, padding=kernel // 2))
    assert torch.autograd.gradcheck(convolve, given)
    assert torch.autograd.gradgradcheck(convolve, given)


def test_only_images_leaves_the_second_backward_whole():
    x, weight, bias = inputs(3)

    def gradient_of_norm(function):
        (g,) = torch.autograd.grad(function().tanh().sum(), x, create_graph=True)
        return torch.autograd.grad(g.square().sum(), (x, weight, bias))

    expected = gradient_of_norm(lambda: F.conv2d(x, weight, bias, padding=1))
    with only_images():
        found = gradient_of_norm(lambda: convolve(x, weight, bias))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("rung", [0, 2])
def test_penalty_of_a_critic_is_that_of_plain_convolutions(monkeypatch, rung):
    config = NetworkConfig(rungs=3, latent=8, channel_base=64, channel_max=16)
    torch.manual_seed(1)
    critic = Critic(config).double()
    x = torch.randn(8, 1, 5 << rung, 4 << rung, dtype=torch.float64)

    def gradients():
        critic.zero_grad()
        gradient_square(x, lambda y: critic(y, None, rung, 0.3)).mean().backward()
        return [p.grad.clone() for p in critic.parameters() if p.grad is not None]

    found = gradients()
    monkeypatch.setattr(
        "gan.layers.convolve", lambda x, w, b: F.conv2d(x, w, b, padding=w.shape[-1] // 2)
    )
    expected = gradients()
    assert len(found) == len(expected) > 6
    torch.testing.assert_close(found, expected)

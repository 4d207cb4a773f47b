"""Losses and penalties against numbers worked out by hand."""

import math

import pytest
import torch

from gan.losses import LOSSES, gradient_square, interpolated_penalty


def test_relativistic_by_hand():
    real, fake = torch.tensor([2.0]), torch.tensor([0.5])
    loss = LOSSES["relativistic"]
    assert loss.critic(real, fake).item() == pytest.approx(math.log1p(math.exp(-1.5)))
    assert loss.generator(real, fake).item() == pytest.approx(math.log1p(math.exp(1.5)))


def test_wasserstein_by_hand():
    real, fake = torch.tensor([2.0, 4.0]), torch.tensor([0.5, 1.5])
    loss = LOSSES["wgan"]
    assert loss.critic(real, fake).item() == pytest.approx(-2.0 + 1e-3 * 10)
    assert loss.generator(real, fake).item() == pytest.approx(-1.0)


@pytest.mark.parametrize("name", LOSSES)
def test_each_side_wants_what_it_should(name):
    real = torch.zeros(4, requires_grad=True)
    fake = torch.zeros(4, requires_grad=True)
    by_real, by_fake = torch.autograd.grad(LOSSES[name].critic(real, fake), (real, fake))
    assert (by_real < 0).all()
    assert (by_fake > 0).all()
    (pull,) = torch.autograd.grad(LOSSES[name].generator(real, fake), fake)
    assert (pull < 0).all()


def test_gradient_square_of_a_linear_score():
    weight = torch.randn(1, 3, 2, requires_grad=True)
    square = gradient_square(torch.randn(5, 1, 3, 2), lambda x: (x * weight).sum(dim=(1, 2, 3)))
    torch.testing.assert_close(square, weight.square().sum().expand(5))
    (double,) = torch.autograd.grad(square.sum(), weight)
    torch.testing.assert_close(double, 10 * weight)


def test_interpolated_penalty_is_zero_at_slope_one():
    unit = torch.full((1, 2, 2), 0.5)
    real, fake, mix = torch.randn(4, 1, 2, 2), torch.randn(4, 1, 2, 2), torch.rand(4)

    def penalty(scale):
        return interpolated_penalty(
            real, fake, mix, lambda x: scale * (x * unit).sum(dim=(1, 2, 3))
        ).item()

    assert penalty(1.0) == pytest.approx(0.0, abs=1e-6)
    assert penalty(3.0) == pytest.approx(4.0, rel=1e-5)

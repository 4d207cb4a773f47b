"""Layers against plain numpy written from the published description."""

import numpy as np
import pytest
import torch

from gan.activation import pixel_norm
from gan.layers import EqualConv, EqualLinear, downsample, minibatch_deviation, upsample


def test_pixel_norm_gives_unit_mean_square_over_channels():
    x = torch.randn(3, 7, 4, 5)
    by_hand = x.numpy() / np.sqrt((x.numpy() ** 2).mean(axis=1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(pixel_norm(x).numpy(), by_hand, rtol=1e-5)


def test_equalised_layers_keep_unit_variance_whatever_the_fan_in():
    torch.manual_seed(0)
    for inputs in (8, 512):
        x = torch.randn(2048, inputs)
        assert EqualLinear(inputs, 64, gain=1.0)(x).std().item() == pytest.approx(1.0, abs=0.05)
    y = EqualConv(64, 32, 3, gain=1.0)(torch.randn(8, 64, 16, 16))[:, :, 1:-1, 1:-1]
    assert y.std().item() == pytest.approx(1.0, abs=0.1)


def test_minibatch_deviation_appends_one_number_per_group():
    x = torch.arange(4 * 2 * 2 * 3, dtype=torch.float32).reshape(4, 2, 2, 3) ** 1.5
    y = minibatch_deviation(x, group=2)
    assert y.shape == (4, 3, 2, 3)
    np.testing.assert_array_equal(y[:, :2].numpy(), x.numpy())
    # Groups of two interleave: images 0 and 2, 1 and 3.
    for first in (0, 1):
        pair = x.numpy()[[first, first + 2]]
        expected = np.sqrt(pair.var(axis=0) + 1e-8).mean()
        np.testing.assert_allclose(y[[first, first + 2], 2].numpy(), expected, rtol=1e-5)


def test_minibatch_deviation_of_an_odd_batch_uses_the_largest_group_that_divides_it():
    assert minibatch_deviation(torch.randn(3, 2, 2, 2), group=4).shape == (3, 3, 2, 2)
    assert minibatch_deviation(torch.randn(1, 2, 2, 2), group=4).shape == (1, 3, 2, 2)


def test_several_batches_have_deviations_of_their_own():
    one, two = torch.randn(8, 3, 5, 4), 3 * torch.randn(8, 3, 5, 4)
    alone = torch.cat([minibatch_deviation(x, 4) for x in (one, two)])
    torch.testing.assert_close(minibatch_deviation(torch.cat([one, two]), 4, 2), alone)


def test_resampling_by_hand():
    x = torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]])
    assert downsample(x).item() == 4.0
    doubled = np.repeat(np.repeat(x[0, 0].numpy(), 2, 0), 2, 1)
    np.testing.assert_array_equal(upsample(x, "nearest")[0, 0].numpy(), doubled)
    # Bilinear, half-pixel centres: weights 3/4 and 1/4 inside, the edge repeated outside.
    across = np.array([1.0, 1.5, 2.5, 3.0])
    np.testing.assert_allclose(upsample(x, "bilinear")[0, 0, 0].numpy(), across)

"""Kernels of doubled images, against doubling and convolving one after the other."""

import pytest
import torch
import torch.nn.functional as F

from gan import phases


@pytest.fixture
def kernel():
    return torch.randn(3, 2, 3, 3, generator=torch.Generator().manual_seed(1)).double()


@pytest.fixture
def image():
    return torch.randn(2, 2, 5, 4, generator=torch.Generator().manual_seed(2)).double()


def doubled(image, mode):
    corners = None if mode == "nearest" else False
    return F.interpolate(image, scale_factor=2, mode=mode, align_corners=corners)


def from_phases(y):
    return phases.joined(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def test_nearest_doubling_and_convolution_in_one(kernel, image):
    expected = F.conv2d(doubled(image, "nearest"), kernel, padding=1)
    once = F.conv2d(image, phases.after_doubling(kernel, "nearest"), padding=1)
    torch.testing.assert_close(from_phases(once), expected)
    again = F.conv_transpose2d(image, phases.transposed(kernel), stride=2, padding=1)
    torch.testing.assert_close(again, expected)


def test_bilinear_doubling_and_convolution_in_one_within_the_border(kernel, image):
    expected = F.conv2d(doubled(image, "bilinear"), kernel, padding=1)
    once = F.conv2d(image, phases.after_doubling(kernel, "bilinear"), padding=1)
    inside = (..., slice(2, -2), slice(2, -2))
    torch.testing.assert_close(from_phases(once)[inside], expected[inside])


def test_convolution_between_phases(kernel, image):
    large = doubled(image, "bilinear") ** 2
    split = phases.split(large.permute(0, 2, 3, 1))
    y = F.conv2d(split.permute(0, 3, 1, 2), phases.between_doubled(kernel), padding=1)
    torch.testing.assert_close(from_phases(y), F.conv2d(large, kernel, padding=1))


def test_phases_are_rows_first_and_undone():
    x = torch.arange(2 * 4 * 6 * 3).reshape(2, 4, 6, 3)
    split = phases.split(x)
    assert split.shape == (2, 2, 3, 12)
    for k, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        assert split[..., 3 * k : 3 * k + 3].equal(x[:, row::2, column::2])
    assert phases.joined(split).equal(x)

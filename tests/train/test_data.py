"""Which images a step sees, and how they are changed on the way."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan import trainset
from train.augment import Changes, changed
from train.config import Augment
from train.data import Reals, faded


def test_an_epoch_shows_every_training_image_once_and_no_held_out_one(small_set):
    reals = Reals(small_set, ("CC", "MLO"), seed=3)
    assert len(reals.rows) == 32
    first = [reals._place(k) for k in range(32)]
    second = [reals._place(k) for k in range(32, 64)]
    assert sorted(first) == sorted(second) == list(range(32))
    assert first != second
    assert reals.rows.max() < 32


def test_batches_are_a_function_of_seed_and_images_shown(small_set):
    one, two = (Reals(small_set, ("CC", "MLO"), seed=3) for _ in range(2))
    one.batch(2, 0, 8)
    torch.testing.assert_close(one.batch(2, 64, 8), two.batch(2, 64, 8), rtol=0, atol=0)


def test_labels_follow_the_records(small_set):
    reals = Reals(small_set, ("MLO",), seed=0)
    assert len(reals.rows) == 16
    with pytest.raises(ValueError, match="no training image of view ML"):
        Reals(small_set, ("ML",), seed=0)


def test_a_rung_too_large_for_memory_gives_the_same_batches(small_set, monkeypatch):
    held = Reals(small_set, ("CC", "MLO"), seed=1).batch(2, 5, 8)
    monkeypatch.setattr("train.data.HELD_BYTES", 0)
    mapped = Reals(small_set, ("CC", "MLO"), seed=1)
    torch.testing.assert_close(mapped.batch(2, 5, 8), held, rtol=0, atol=0)
    assert not isinstance(mapped.pixels, np.ndarray)


def test_pairs_are_cc_and_mlo_of_one_breast_in_one_exam(tmp_path):
    # patient, exam, side, view; the image's grey is its place
    rows = [
        ("1", "1", "L", "MLO"),
        ("1", "1", "L", "CC"),
        ("1", "1", "R", "CC"),  # no MLO of this breast in this exam
        ("1", "2", "R", "MLO"),
        ("2", "3", "R", "CC"),
        ("2", "3", "R", "MLO"),
        ("2", "3", "R", "MLO"),  # a second one
    ]
    records = [
        trainset.Record(file=str(i), view=v, side=s, patient=p, exam=e, split="train", density="c")
        for i, (p, e, s, v) in enumerate(rows)
    ]
    top = np.arange(len(rows), dtype=np.uint8)[:, None, None] * np.ones((10, 8), np.uint8)
    trainset.write(tmp_path, top, records, (5, 4))
    pairs = Reals(trainset.open_set(tmp_path), (), seed=0, pairs=True)
    assert pairs.rows.tolist() == [[1, 0], [4, 5]]
    assert {r.density for pair in pairs.records for r in pair} == {"c"}
    x, label = pairs.batch(1, 0, 2)
    assert x.shape == (2, 2, 10, 8)
    assert label.tolist() == [0, 0]
    greys = ((x[:, :, 0, 0] + 1) * 127.5).round().int().tolist()
    assert sorted(greys) == [[1, 0], [4, 5]]


def test_faded_reals_by_hand():
    x = torch.tensor([[[[0.0, 4.0], [0.0, 4.0]]]])
    torch.testing.assert_close(faded(x, 0.0), torch.full((1, 1, 2, 2), 2.0))
    torch.testing.assert_close(faded(x, 0.5)[0, 0, 0], torch.tensor([1.0, 3.0]))
    assert faded(x, 1.0) is x


def augment(x, settings, seed=0):
    draw = torch.Generator().manual_seed(seed)
    strength = torch.tensor(settings.probability)
    return changed(x, Changes.drawn(len(x), settings, strength, draw))


def test_probability_zero_changes_nothing():
    x = torch.randn(2, 1, 8, 8)
    assert augment(x, Augment(probability=0.0)) is x


def test_limits_of_zero_change_nothing_that_matters():
    x = torch.rand(3, 1, 20, 16) * 2 - 1
    still = Augment(probability=1.0, shift=0, scale=0, gain=0, cutout=0)
    torch.testing.assert_close(augment(x, still), x, atol=1e-5, rtol=0)


@given(st.integers(0, 10_000))
def test_air_stays_air_and_the_breast_stays_at_the_chest_wall(seed):
    x = torch.full((1, 1, 40, 32), -1.0)
    x[:, :, 10:30, :12] = 0.5
    y = augment(x, Augment(probability=1.0, cutout=0, shear=0.1), seed)
    assert y.min().item() >= -1.0 - 1e-5
    assert y[0, 0, :, 0].max().item() > 0.0  # still attached to the left edge
    assert y[0, 0, :, 20:].max().item() == pytest.approx(-1.0, abs=1e-5)


def test_augmentation_passes_gradients():
    x = torch.randn(4, 1, 20, 16, requires_grad=True)
    augment(x, Augment(probability=1.0)).sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    assert x.grad.abs().sum() > 0

"""Every metric on generated images with a known fault: phantoms, altered or not."""

import numpy as np
import pytest

from gan import features
from train.evaluate.frechet import frechet
from train.evaluate.histograms import histograms
from train.evaluate.kernel import kernel
from train.evaluate.memorisation import SHARE_NAME, memorisation
from train.evaluate.metrics import METRICS
from train.evaluate.moments import moments
from train.evaluate.neighbours import neighbours
from train.evaluate.pairs import PROFILE, pairs
from train.evaluate.similarity import similarity
from train.evaluate.spectrum import grid, slope
from train.evaluate.swd import swd


def test_swd_of_the_same_kind_is_the_floor(figures):
    found = figures(swd)
    assert list(found) == ["80x64", "40x32", "20x16"]
    assert all(0.7 < f.ratio.value < 1.4 for f in found.values())
    assert all(f.ratio.low < f.ratio.value < f.ratio.high for f in found.values())


def test_swd_sees_checkerboard_at_the_finest_level_only(figures, changes):
    found = figures(swd, changes["checkered"])
    assert found["80x64"].ratio.value > 3
    assert found["20x16"].ratio.value < 1.5


def test_swd_sees_blur(figures, changes):
    assert figures(swd, changes["blurred"])["80x64"].ratio.value > 2


def test_brightness_is_seen_by_the_histogram_and_not_by_swd(figures, changes):
    assert all(f.ratio.value < 1.8 for f in figures(swd, changes["brightened"]).values())
    grey = figures(histograms, changes["brightened"])["grey, Wasserstein"]
    assert grey.generated.value == pytest.approx(0.25 * 0.42, abs=0.03)  # a quarter of the mean
    assert grey.ratio.value > 3
    same = figures(histograms)
    assert 0.5 < same["grey, Wasserstein"].ratio.value < 2
    assert 0.5 < same["area, KS"].ratio.value < 2


def test_collapse_is_seen_by_similarity_and_coverage(figures, changes):
    same, collapsed = figures(similarity), figures(similarity, changes["collapsed"])
    for view in ("CC", "MLO"):
        assert abs(same[view].difference.value) < 0.06
        assert collapsed[view].generated.value > 0.9 > same[view].generated.value
    space = features.NAME
    found = figures(neighbours, changes["collapsed"])
    assert found[f"coverage, {space}"].ratio.value < 0.4
    assert found[f"recall, {space}"].ratio.value < 0.3


def test_neighbours_of_the_same_kind_equal_real_ones(figures):
    found = figures(neighbours)
    for name in ("precision", "recall", "density", "coverage"):
        for space in (features.NAME, "hand-crafted"):
            assert 0.8 < found[f"{name}, {space}"].ratio.value < 1.25, (name, space)


def test_precision_and_density_fall_for_blurred_images(figures, changes):
    found = figures(neighbours, changes["blurred"])
    assert found["density, hand-crafted"].ratio.value < 0.3
    assert found["precision, hand-crafted"].ratio.value < 0.5


@pytest.mark.parametrize("change", ["brightened", "blurred", "checkered", "collapsed"])
def test_overall_distances_see_every_fault(figures, changes, change):
    for name in (features.NAME, "hand-crafted"):
        same = figures(kernel)[name]
        changed = figures(kernel, changes[change])[name]
        assert same.generated.low < 0.1, name
        assert changed.generated.value > same.generated.value + 0.5, name
    (found,) = figures(frechet, changes[change]).values()
    (same,) = figures(frechet).values()
    assert 0.7 < same.ratio.value < 1.4
    assert found.ratio.value > 2


def test_slope_of_phantoms_is_the_one_they_were_made_with(figures, changes):
    for figure in figures(slope).values():
        assert figure.real.value == pytest.approx(3.0, abs=0.45)  # 16-pixel windows leak
        assert abs(figure.difference.value) < 0.15
    for figure in figures(slope, changes["blurred"]).values():
        assert figure.difference.value > 0.5


def test_only_a_checkerboard_stands_above_its_surroundings(figures, changes):
    same, checkered = figures(grid), figures(grid, changes["checkered"])
    assert all(abs(f.difference.value) < 2 for f in same.values())
    assert checkered["period 2"].difference.value > 10
    assert checkered["period 2"].difference.low > 5
    assert abs(checkered["period 4"].difference.value) < 2


def test_a_grid_of_period_four_is_told_from_one_of_two(figures):
    def lined(pixels):
        lines = (np.arange(64) % 4 < 2) * 12 - 6
        return np.where(pixels > 20, np.clip(pixels + lines, 0, 255), pixels).astype(np.uint8)

    assert figures(grid, lined)["period 4"].difference.value > 5


def test_moments_overlap_unless_brightness_is_shifted(figures, changes):
    assert all(f.ratio.value > 0.85 for f in figures(moments).values())
    found = figures(moments, changes["brightened"])
    assert found["mean"].ratio.value < 0.5
    assert found["skewness"].ratio.value > 0.7


def test_planted_duplicates_are_the_ones_flagged(judged, real):
    training, _ = real

    def planted(pixels):
        changed = pixels.copy()
        changed[4], changed[9] = training.pixels[30], training.pixels[41][:, ::-1]
        return changed

    clean, found = judged(memorisation), judged(memorisation, planted)
    assert clean.facts["flagged_copies"] == 0
    assert found.facts["flagged_copies"] == 2
    assert {(f["generated"], f["training"]) for f in found.facts["flagged"]} == {
        ("generated 4", "training 30"),
        ("generated 9", "training 41"),
    }
    for judgement in (clean, found):
        assert judgement.facts["planted_found"] == judgement.facts["planted"] == 20
        assert judgement.facts["held_out_flagged"] == 0


def test_share_nearer_to_training_is_half_for_new_images_and_all_for_copies(judged, real):
    (fresh,) = judged(memorisation).figures
    assert fresh.name == SHARE_NAME
    assert 0.35 < fresh.generated.value < 0.65
    draw = np.random.default_rng(5)

    def copied(pixels):
        near = real[0].pixels.astype(int) + draw.normal(0, 3, pixels.shape) * (pixels > 20)
        return np.clip(near, 0, 255).astype(np.uint8)

    (copies,) = judged(memorisation, copied).figures
    assert copies.generated.value > 0.7  # half of the training images are drawn to compare with


def test_pairs_that_do_not_belong_together_are_seen(figures):
    def shuffled(pixels):
        changed = pixels.copy()
        changed[1::2] = np.roll(pixels[1::2], 1, axis=0)
        return changed

    same, apart = figures(pairs), figures(pairs, shuffled)
    name = "correlation of area"
    assert same[name].generated.value > 0.95
    assert same[name].real.value > 0.95
    assert abs(apart[name].generated.value) < 0.35
    assert apart[name].difference.high < 0
    assert same[PROFILE].generated.value < 0.1


def test_every_metric_answers_for_every_case(judged):
    for name, metric in METRICS.items():
        judgement = judged(metric)
        assert judgement.title, name
        assert judgement.about, name
        assert judgement.figures, name
        names = [figure.name for figure in judgement.figures]
        assert len(set(names)) == len(names)
        assert all(np.isfinite(figure.generated.value) for figure in judgement.figures), name

"""The parts metrics are made of, each against an independent judge."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from scipy.stats import norm

from gan.breast import breast_mask
from gan.features import features
from train.evaluate import estimate
from train.evaluate.artefacts import wilson
from train.evaluate.estimate import distances, levels
from train.evaluate.frechet import distance
from train.evaluate.histograms import kolmogorov, wasserstein
from train.evaluate.kernel import mmd
from train.evaluate.memorisation import altered
from train.evaluate.moments import overlap
from train.evaluate.neighbours import prdc
from train.evaluate.pairs import apart
from train.evaluate.pyramid import doubled, halved, laplacian
from train.evaluate.similarity import cut, ms_ssim
from train.evaluate.spectrum import radial_slope
from train.evaluate.swd import places
from train.evaluate.traits import TRAITS, traits
from train.sliced import PATCH, directions, projected


@pytest.fixture
def draw():
    return np.random.default_rng(11)


def half_disc(rows=80, columns=64, radius=30):
    y, x = np.mgrid[0:rows, 0:columns]
    return (y - rows / 2) ** 2 + x**2 < radius**2


def test_prdc_of_one_distribution_is_what_its_authors_derive(draw):
    n, k = 60, 5
    found = np.mean(
        [prdc(draw.standard_normal((n, 4)), draw.standard_normal((n, 4)), k) for _ in range(200)],
        axis=0,
    )
    # Naeem et al. 2020, section 4: E[density] = 1, E[coverage] = 1 - (N-1..N-k)/(M+N-1..M+N-k).
    miss = math.prod((n - i) / (2 * n - i) for i in range(1, k + 1))
    assert found[2] == pytest.approx(1.0, abs=0.05)
    assert found[3] == pytest.approx(1 - miss, abs=0.01)
    assert found[0] == pytest.approx(found[1], abs=0.02)


def test_prdc_counts_by_hand():
    real, made = np.array([[0.0], [1], [2], [10]]), np.array([[0.4], [1.6], [50], [51]])
    # k = 1: real radii 1, 1, 1, 8; made radii 1.2, 1.2, 1, 1.
    # 0.4 lies in the balls of 0 and 1; 1.6 in those of 1 and 2; the last two in none.
    assert prdc(real, made, k=1) == pytest.approx([2 / 4, 3 / 4, 4 / 4, 3 / 4])


def test_mmd_equals_the_double_sum(draw):
    x, y = draw.standard_normal((7, 3)), draw.standard_normal((5, 3)) + 0.5

    def k(a, b):
        return (a @ b / 3 + 1) ** 3

    within_x = np.mean([k(x[i], x[j]) for i in range(7) for j in range(7) if i != j])
    within_y = np.mean([k(y[i], y[j]) for i in range(5) for j in range(5) if i != j])
    between = np.mean([k(a, b) for a in x for b in y])
    grams = [(a @ b.T / 3 + 1) ** 3 for a, b in ((x, x), (y, y), (x, y))]
    assert mmd(*grams) == pytest.approx(within_x + within_y - 2 * between)


def test_frechet_of_gaussians_in_closed_form(draw):
    a = draw.standard_normal((200_000, 3))
    assert distance(a, a) == pytest.approx(0, abs=1e-9)
    b = a * [1, 2, 3] + [1, 0, 0]
    assert distance(a, b) == pytest.approx(1 + (2 - 1) ** 2 + (3 - 1) ** 2, rel=0.02)


def test_histogram_distances_equal_scipys(draw):
    a, b = draw.normal(0, 1, 300), draw.normal(0.4, 1.3, 300)
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b))
    assert kolmogorov(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic)


@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0])
def test_overlap_of_shifted_normals(draw, shift):
    a, b = draw.normal(0, 1, 4000), draw.normal(shift, 1, 4000)
    assert overlap(a, b) == pytest.approx(2 * norm.cdf(-shift / 2), abs=0.04)


def test_profiles_are_as_far_apart_as_their_mass_was_moved():
    a, b = np.zeros((1, 32)), np.zeros((1, 32))
    a[0, 4], b[0, 12] = 1, 1
    assert apart(a, b) == pytest.approx(8 / 32)


def test_wilson_equals_scipys():
    found, known = wilson(13, 100), stats.binomtest(13, 100).proportion_ci(method="wilson")
    assert (found.value, found.low, found.high) == pytest.approx((0.13, known.low, known.high))


@pytest.mark.parametrize("beta", [2.0, 3.0, 4.0])
def test_slope_of_noise_made_with_it(draw, beta):
    side = 128
    cycles = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    cycles[0, 0] = np.inf
    power = np.zeros((side, side))
    hann = np.hanning(side + 1)[:-1]
    for _ in range(20):
        field = np.fft.ifft2(
            np.fft.fft2(draw.standard_normal((side, side))) * cycles ** (-beta / 2)
        )
        power += np.abs(np.fft.fft2(field.real * hann * hann[:, None])) ** 2
    assert radial_slope(power)[1] == pytest.approx(beta, abs=0.12)


def test_projected_patches_give_the_wasserstein_distance_of_each_direction(draw):
    a, b = (draw.standard_normal((4, 25, 49)).astype(np.float32) for _ in range(2))
    b += draw.standard_normal(49).astype(np.float32)
    across = directions(draw, 128)
    found = np.abs(projected(a, across) - projected(b, across)).mean(axis=1)
    flat = [(x.reshape(-1, 49) - x.mean()) / x.std() for x in (a, b)]
    known = [stats.wasserstein_distance(flat[0] @ d, flat[1] @ d) for d in across[:5]]
    assert found[:5] == pytest.approx(known, rel=1e-3)
    assert np.abs(projected(a, across) - projected(a, across)).max() == 0


@pytest.mark.parametrize("shape", [(80, 64), (64, 80), (160, 40)])
def test_patches_lie_in_the_image_and_about_the_breast(draw, shape):
    mask = np.zeros(shape, bool)
    mask[shape[0] // 2 :, : shape[1] // 3] = True
    for level in range(2):
        rows, columns = places(mask, level, draw)
        here = mask[:: 2**level, :: 2**level]
        assert rows.min() >= 0
        assert columns.min() >= 0
        assert rows.max() <= here.shape[0] - PATCH
        assert columns.max() <= here.shape[1] - PATCH
        near = ndimage.binary_dilation(here, np.ones((7, 7)))
        assert near[rows + PATCH // 2, columns + PATCH // 2].all()
        assert np.ptp(rows) > shape[0] // 2**level // 4


def test_pyramid_adds_up_to_the_image(draw):
    x = draw.random((3, 40, 32)).astype(np.float32)
    *bands, rest = laplacian(x, 3)
    for band in reversed(bands):
        rest = band + doubled(rest, band.shape)
    assert np.abs(rest - x).max() < 1e-5
    flat = np.full((1, 20, 16), 0.7, np.float32)
    assert np.abs(halved(flat) - 0.7).max() < 1e-6
    assert np.abs(laplacian(flat, 2)[0]).max() < 1e-6


def test_ms_ssim_against_its_formula_in_torch(draw):
    a = ndimage.gaussian_filter(draw.random((192, 176)), 2).astype(np.float32)
    b = np.clip(0.9 * a + 0.05 * draw.random(a.shape), 0, 1).astype(np.float32)
    assert ms_ssim(a, a) == pytest.approx(1.0, abs=1e-5)
    assert ms_ssim(a, b) == pytest.approx(ms_ssim(b, a), abs=1e-6)
    x = torch.arange(11) - 5.0
    g = torch.exp(-(x**2) / (2 * 1.5**2))
    window = (g[:, None] * g / g.sum() ** 2)[None, None].double()

    def blur(t):
        return torch.nn.functional.conv2d(t, window)

    s, t = (torch.from_numpy(v)[None, None].double() for v in (a, b))
    known = 1.0
    for k, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        ms, mt = blur(s), blur(t)
        vs, vt, c = blur(s * s) - ms**2, blur(t * t) - mt**2, blur(s * t) - ms * mt
        cs = (2 * c + 0.0009) / (vs + vt + 0.0009)
        light = (2 * ms * mt + 0.0001) / (ms**2 + mt**2 + 0.0001)
        known *= float((cs * light if k == 4 else cs).mean()) ** weight
        s, t = (torch.nn.functional.avg_pool2d(v, 2) for v in (s, t))
    assert ms_ssim(a, b) == pytest.approx(known, abs=1e-4)


def test_black_ground_is_cut_away_before_images_are_compared(draw):
    a, b = (half_disc(radius=r) * draw.random((80, 64)).astype(np.float32) for r in (20, 25))
    small = cut(a, a > 0, b, b > 0)
    assert small[0].shape == small[1].shape
    assert small[0].shape[0] <= 50
    assert ms_ssim(*small) < ms_ssim(a, b)


def test_mask_is_the_breast_without_specks_and_with_its_dark_fat(draw):
    known = half_disc()
    grey = known * 0.5 + draw.normal(0, 0.01, known.shape)
    grey[36:44, 8:16] = 0.0  # dark fat inside
    grey[50:56, 0:5] = 0.0  # and at the chest wall
    grey[2:5, 58:62] = 0.9  # a marker outside
    found = breast_mask(np.clip(grey, 0, 1).astype(np.float32))
    assert not found[2:5, 58:62].any()
    assert found[36:44, 8:16].all()
    assert found[50:56, 0:5].all()
    assert (found ^ known).mean() < 0.03
    assert breast_mask(np.zeros((20, 16), np.float32)).all()


def test_traits_are_what_they_are_called(draw):
    mask = half_disc()
    values = np.where(draw.random(mask.shape) < 0.3, 0.8, 0.2) + draw.normal(0, 0.02, mask.shape)
    grey = (np.clip(values, 0, 1) * mask).astype(np.float32)
    found = dict(zip(TRAITS, traits(grey, mask), strict=True))
    inside = grey[mask]
    assert len(found) == len(TRAITS)
    assert found["area"] == pytest.approx(mask.mean())
    assert found["height"] == pytest.approx(mask.any(axis=1).mean())
    assert found["skewness"] == pytest.approx(stats.skew(inside), rel=1e-4)
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(inside, fisher=False), rel=1e-4)
    assert found["fifth moment"] == pytest.approx(
        stats.moment(inside, 5) / inside.std() ** 5, rel=1e-3
    )
    assert found["dense share"] == pytest.approx((inside > 0.5).mean(), abs=0.01)
    assert found["grey-pair correlation"] == pytest.approx(0, abs=0.06)  # independent pixels
    flat = dict(zip(TRAITS, traits((mask * 0.5).astype(np.float32), mask), strict=True))
    assert flat["grey-pair contrast"] == 0
    assert flat["fine energy"] < found["fine energy"]


def test_features_are_the_same_every_time_and_tell_textures_apart(draw):
    grey = draw.random((3, 80, 64)).astype(np.float32)
    first = features(grey)
    assert np.array_equal(first, features(grey))
    smooth = ndimage.gaussian_filter(grey, (0, 2, 2))
    assert np.abs(features(smooth) - first).max() > 10 * np.abs(first[1] - first[0]).mean()
    assert features(draw.random((1, 640, 512)).astype(np.float32)).shape[1] == first.shape[1]


def test_an_altered_copy_is_not_the_image_itself(draw):
    grey = (half_disc() * 0.5).astype(np.float32)
    changed = altered(grey, draw)
    assert changed.shape == grey.shape
    assert 0.01 < np.abs(changed - grey).mean() < 0.2


class _Sample(SimpleNamespace):
    def __len__(self):
        return len(self.group)


def _case(groups):
    """A stand-in for a case: samples of one view, each image with its group."""
    samples = {
        name: _Sample(view=np.array(["CC"] * len(group)), group=group)
        for name, group in groups.items()
    }
    return SimpleNamespace(
        **samples,
        views=("CC",),
        draw=lambda purpose: np.random.default_rng([0, *purpose.encode()]),
        tick=lambda: None,
    )


def test_interval_of_a_mean_is_the_textbook_one(draw, monkeypatch):
    monkeypatch.setattr(estimate, "REPLICATES", 2000)
    values = {name: draw.normal(5, 2, 80) for name in ("generated", "training", "held_out")}
    case = _case({name: np.arange(80) for name in values})

    def statistic(at):
        return np.array([[values[n][getattr(at, n)].mean() for n in values]])

    (figure,) = levels(case, ("mean",), statistic)
    half = 1.96 * values["generated"].std(ddof=1) / math.sqrt(80)
    assert figure.generated.value == pytest.approx(values["generated"].mean())
    assert figure.generated.high - figure.generated.low == pytest.approx(2 * half, rel=0.1)
    assert figure.difference.value == pytest.approx(
        values["generated"].mean() - values["held_out"].mean()
    )


def test_images_of_one_patient_stay_together_in_the_halves(draw, monkeypatch):
    monkeypatch.setattr(estimate, "REPLICATES", 1000)
    one = np.repeat(draw.normal(0, 1, 40), 4)  # four equal images a patient
    case = _case(dict.fromkeys(("generated", "training", "held_out"), np.repeat(np.arange(40), 4)))

    def statistic(at):
        return np.array([[one[at.generated].mean()] * 3])

    (figure,) = levels(case, ("mean",), statistic)
    half = 1.96 * one.std() / math.sqrt(40)  # not of 160 images
    assert figure.generated.high - figure.generated.low == pytest.approx(2 * half, rel=0.12)


def test_distances_are_taken_from_equally_many_images_of_each_view():
    counts = {"generated": 200, "training": 70, "held_out": 31}
    case = _case({name: np.arange(count) for name, count in counts.items()})
    seen = set()

    def statistic(at):
        seen.add((len(at.generated), len(at.training), len(at.held_out)))
        assert len(np.unique(at.generated)) == len(at.generated)
        return np.array([[2.0, 1.0]])

    (figure,) = distances(case, ("some",), statistic)
    assert seen == {(31, 31, 31), (16, 16, 16)}
    assert figure.ratio.value == pytest.approx(2.0)

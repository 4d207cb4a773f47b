"""One polarity, one orientation, air 0, 5:4 without stretching: against numpy by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.display import window_for
from app.dicom.read import read
from app.prepare.frame import framed, oriented, shaded, window_words


def grey(shape, share):
    return np.full(shape, round(65535 * share), np.uint16)


def test_framing_by_hand():
    frame = framed(grey((40, 10), 0.5), 40)
    assert (frame[:, :10] == 32768).all()
    assert (frame[:, 10:] == 0).all()
    frame = framed(grey((40, 64), 0.5), 40)  # gets air above and below: 80 x 64, then halved
    assert (frame[10:30] == 32768).all()
    assert (frame[:10] == 0).all()
    assert (frame[30:] == 0).all()


def test_a_canvas_round_the_breast_is_cut_off():
    canvas = np.zeros((80, 80), np.uint16)
    canvas[10:70, 30:50] = 50_000
    frame = framed(canvas, 80)
    assert (frame[10:70, :20] == 50_000).all()
    assert frame[10:70, 20:].max() == 0


@given(
    high=st.integers(60, 200), wide=st.integers(30, 160), rows=st.sampled_from([20, 40]),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_what_is_averaged_is_area_and_nothing_is_stretched(high, wide, rows, seed):
    """Against exact areas: every source pixel spreads over the cells it lies in."""
    image = np.random.default_rng(seed).integers(2000, 65536, (high, wide), dtype=np.uint16)
    columns = rows * 4 // 5
    tall = max(high, -(-wide * 5 // 4))
    broad = max(wide, round(tall * 4 / 5))
    padded = np.zeros((tall, broad))
    top = (tall - high) // 2
    padded[top : top + high, :wide] = image

    def areas(count, size):
        edges = np.linspace(0, size, count + 1)
        low, high_ = edges[:-1, None], edges[1:, None]
        cell = np.arange(size)[None]
        return np.clip(np.minimum(high_, cell + 1) - np.maximum(low, cell), 0, 1) / (size / count)

    exact = areas(rows, tall) @ padded @ areas(columns, broad).T
    np.testing.assert_allclose(framed(image, rows), exact, atol=0.52)


@pytest.mark.parametrize("wall", ["left", "right"])
@pytest.mark.parametrize("inverse", [False, True])
def test_polarity_and_side_of_dicom(tmp_path, picture, dicom, wall, inverse):
    side = "L" if wall == "left" else "R"
    shown = picture(3, side).astype(np.uint16) * 16
    stored = 4095 - shown if inverse else shown
    path = dicom(
        tmp_path / "a.dcm",
        stored,
        ImageLaterality=side,
        PatientOrientation=["A", "R"] if side == "L" else ["P", "L"],
        PhotometricInterpretation="MONOCHROME1" if inverse else "MONOCHROME2",
        WindowCenter=2048 if not inverse else 4095 - 2048,
        WindowWidth=4096,
        RescaleSlope=1,
        RescaleIntercept=0,
    )
    mammogram = read(str(path))
    voi = window_for(mammogram.pixels, mammogram.encoding)
    assert window_words(voi, True).startswith("file: window 1 ")
    turned = shaded(mammogram, voi)
    np.testing.assert_allclose(turned, picture(3).astype(float) * 16 / 4095 * 65535, atol=40)
    assert turned[80, 0] > 20_000
    assert turned[0, -1] == 0


def test_a_robust_window_takes_the_place_of_a_missing_one(tmp_path, picture, dicom):
    stored = np.where(picture(3) > 0, picture(3).astype(np.uint16) + 1000, 0).astype(np.uint16)
    mammogram = read(str(dicom(tmp_path / "a.dcm", stored)))
    voi = window_for(mammogram.pixels, mammogram.encoding)
    assert window_words(voi, bool(mammogram.encoding.vois)).startswith("robust: auto 1")
    turned = shaded(mammogram, voi)
    tissue = turned[stored > 0]
    assert turned[stored == 0].max() == 0
    assert np.percentile(tissue, 99.9) == 65535
    assert np.percentile(tissue, 0.5) == 0


def test_pixels_decide_where_patient_orientation_contradicts_them(tmp_path, picture, dicom):
    """The header says that the chest wall is at the right; it is at the left, clearly."""
    stored = picture(3).astype(np.uint16) * 16
    path = dicom(tmp_path / "a.dcm", stored, PatientOrientation=["P", "R"])
    mammogram = read(str(path))
    assert mammogram.facts.contradicted
    turned = oriented(mammogram)
    assert turned[:, :30].mean() > 2 * turned[:, -30:].mean()
    assert turned[:, -1].max() == 0

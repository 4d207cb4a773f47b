"""The breast, the chest wall and air, on made-up and on real images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.breast import breast_box, breast_mask, chest_wall_side, find_air
from app.core.display import Encoding
from app.core.resample import places_in
from app.dicom.read import read

TWELVE = Encoding(bits=12)


def disc(rows=600, columns=400, radius=200, middle=300, wall="left", ground=0, noise=0):
    draw = np.random.default_rng(0)
    y, x = np.mgrid[0:rows, 0:columns]
    inside = (y - middle) ** 2 + x**2 < radius**2
    image = np.where(inside, 2000 + 3 * y, ground) + draw.integers(0, noise + 1, y.shape)
    return (image if wall == "left" else image[:, ::-1]).astype(np.uint16)


@pytest.mark.parametrize("wall", ["left", "right"])
@pytest.mark.parametrize(("ground", "noise"), [(0, 0), (60, 0), (0, 90), (300, 40)])
def test_box_and_wall_of_a_half_disc(wall, ground, noise):
    image = disc(wall=wall, ground=ground, noise=noise)
    assert chest_wall_side(image, TWELVE) == (wall, True)
    top, left, bottom, right = breast_box(image, TWELVE)
    expected = (100, 0, 500, 200) if wall == "left" else (100, 200, 500, 400)
    np.testing.assert_allclose((top, left, bottom, right), expected, atol=14)


@given(
    st.integers(80, 250), st.integers(250, 350), st.sampled_from(["left", "right"]), st.booleans()
)
def test_whatever_the_size_the_wall_is_found(radius, middle, wall, inverse):
    image = disc(radius=radius, middle=middle, wall=wall)
    encoding = Encoding(bits=12, inverse=inverse)
    assert chest_wall_side(4095 - image if inverse else image, encoding)[0] == wall


def test_lead_letters_and_film_edges_are_not_breast():
    image = disc()
    image[:8], image[-8:], image[:, -6:] = 4000, 4000, 4000
    for row in range(0, 50, 12):
        image[40 + row : 46 + row, 300:360] = 4000
    top, left, bottom, right = breast_box(image, TWELVE)
    np.testing.assert_allclose((top, left, bottom, right), (100, 0, 500, 200), atol=14)


def test_a_breast_in_the_middle_of_a_canvas():
    image = np.zeros((600, 800), np.uint16)
    image[:, 200:600] = disc(wall="right")
    assert chest_wall_side(image, TWELVE) == ("right", True)
    _, left, _, right = breast_box(image, TWELVE)
    assert right == 600  # to the pixel: else a gap would show between the breasts
    assert left == pytest.approx(400, abs=4)


def test_a_blank_image_is_all_breast():
    assert breast_mask(np.full((50, 40), 7, np.uint16), TWELVE).all()
    assert breast_box(np.full((50, 40), 7, np.uint16), TWELVE) == (0, 0, 50, 40)


def test_constant_and_noisy_air():
    assert find_air(disc(), TWELVE).constant == (0, 0)
    air = find_air(disc(noise=100), TWELVE)
    constant, noisy = air.constant, air.noisy
    assert air.fogged is None
    assert constant is None or constant == (0, 0)
    assert noisy is not None
    assert noisy[0] == 0
    assert 99 <= noisy[1] < 200  # all of the noise, far below the darkest tissue at 2000
    inverse = Encoding(bits=12, inverse=True)
    assert find_air(4095 - disc(), inverse).constant == (4095, 4095)


def test_an_image_full_of_tissue_has_no_air():
    image = np.random.default_rng(0).integers(1500, 3000, (300, 200)).astype(np.uint16)
    air = find_air(image, TWELVE)
    assert (air.constant, air.noisy, air.fogged) == (None, None, None)


@pytest.mark.parametrize("inverse", [False, True])
def test_film_fogged_at_its_edge_is_ground_and_no_breast_is(inverse):
    image = disc(noise=20)
    image[:, 380:] = 900  # a strip as bright as thin tissue
    image[:60, 200:] = 700
    encoding = Encoding(bits=12, inverse=inverse)
    fogged = find_air(4095 - image if inverse else image, encoding).fogged
    assert fogged is not None
    shares = [(np.arange(size) + 0.5) / size for size in image.shape]
    places = places_in(fogged, *shares)
    y, x = np.mgrid[0:600, 0:400]
    far = np.hypot(y - 300, x)
    assert not places[far < 200].any()
    assert places[far > 255].all()


def test_real_film(mammogram_cases):
    for case in mammogram_cases:
        for path in sorted(case.glob("*.dcm")):
            mammogram = read(str(path))
            wall, clear = chest_wall_side(mammogram.pixels, mammogram.encoding)
            assert clear
            assert wall == ("right" if mammogram.facts.side == "R" else "left")
            _, left, _, right = breast_box(mammogram.pixels, mammogram.encoding)
            assert right - left < 0.75 * mammogram.facts.columns  # no letters, no far film edge
            assert mammogram.encoding.air == (0, 0)
            assert mammogram.fogged is not None  # its far edge would glare when inverted
            far = mammogram.fogged[:, 0 if wall == "right" else -1]
            assert far.mean() > 0.9


@pytest.mark.parametrize("folder", ["cdd_cesm_512", "cdd_cesm_native", "mayo_monai"])
def test_real_digital_images(shared_data, folder):
    """Every third; of the Mayo samples three are mirrored against their burned-in marker."""
    from app.dicom.scan import exams_under

    exams, _ = exams_under([shared_data / folder])
    wrong = set()
    for image in [image for exam in exams for image in exam.images][
        :: 1 if folder == "mayo_monai" else 3
    ]:
        mammogram = read(image.file)
        wall, _ = chest_wall_side(mammogram.pixels, mammogram.encoding)
        if wall != ("right" if image.side == "R" else "left"):
            wrong.add(image.file[-6:-4])
    assert wrong == ({"B2", "B4", "C3"} if folder == "mayo_monai" else set())

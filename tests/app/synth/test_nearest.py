"""Nearest training images of made-up breasts: a planted copy is flagged, unseen ones are not."""

import numpy as np
import pytest
from scipy import ndimage

from app.synth.nearest import CLEAR, Library
from gan.images import from_stored
from gan.trainset import Record, write
from train.evaluate.memorisation import altered


def breast(number):
    """A half disc of correlated texture, of its own shape for each number."""
    draw = np.random.default_rng(number)
    rows, columns = np.mgrid[0:80, 0:64]
    reach, middle = draw.uniform(30, 55), draw.uniform(32, 48)
    inside = ((rows - middle) / draw.uniform(24, 32)) ** 2 + (columns / reach) ** 2 < 1
    texture = ndimage.gaussian_filter(draw.standard_normal((80, 64)), 2.5)
    grey = 0.5 + 0.15 * texture / texture.std()
    return np.where(inside, np.clip(grey, 0.1, 1), 0).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("set")
    records = [
        Record(
            file=f"{k}.dcm",
            view="CC",
            side="L",
            patient=str(k),
            split="train" if k < 30 else "held-out",
        )
        for k in range(42)
    ]
    top = np.stack([np.rint(breast(k) * 65535).astype(np.uint16) for k in range(42)])
    write(place, top, records)
    return place


def test_a_planted_copy_is_flagged_and_unseen_breasts_are_not(folder):
    told = []
    library = Library(folder, 80, lambda done, total: told.append((done, total)))
    assert told[-1] == (42, 42)
    draw = np.random.default_rng(5)
    for number in range(6):
        copy = altered(breast(number), draw)
        found = library.nearest(copy[:, ::-1].copy() if number % 2 else copy)
        assert found.flagged, found.ratio
        assert found.hits[0].name.startswith(f"training image {number + 1},")
        assert np.allclose(
            found.hits[0].picture,
            (from_stored(np.rint(breast(number) * 65535).astype(np.uint16)) + 1) / 2,
        )
    for number in range(50, 56):
        found = library.nearest(breast(number))
        assert not found.flagged
        assert found.words.lower().startswith(CLEAR)
        assert "private" not in found.words
        assert len(found.hits) == 5
    again = Library(folder, 80, lambda *_: pytest.fail("the measured set was kept"))
    assert again.nearest(breast(50)).ratio == library.nearest(breast(50)).ratio


def test_what_is_no_set_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"set\.json is missing"):
        Library(tmp_path, 80)

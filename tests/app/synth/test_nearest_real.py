"""Nearest training images of real mammograms: planted copies are flagged, other women's are not."""

import numpy as np
import pytest

from app.core.display import window_for
from app.dicom.read import read
from app.dicom.scan import exams_under
from app.prepare.frame import framed, shaded
from app.synth.nearest import CLEAR, Library
from gan.trainset import Record, write
from train.evaluate.memorisation import altered

ROWS = 80
TRAINED, HELD, UNSEEN = 60, 25, 15  #: women


@pytest.fixture(scope="module")
def women(shared_data):
    """Of each woman her images in the frame of a training set, with side and view."""
    exams, _ = exams_under([shared_data / "cdd_cesm_512"])
    found: list[list[tuple[np.ndarray, str, str]]] = []
    for exam in exams[: TRAINED + HELD + UNSEEN]:
        found.append([])
        for facts in exam.images:
            mammogram = read(facts.file)
            shades = shaded(mammogram, window_for(mammogram.pixels, mammogram.encoding))
            found[-1].append((framed(shades, ROWS), facts.side, facts.view))
    return found


@pytest.fixture(scope="module")
def library(women, tmp_path_factory):
    """Of all women but the last."""
    place = tmp_path_factory.mktemp("set")
    known = [(n, *one) for n, images in enumerate(women[:-UNSEEN]) for one in images]
    records = [
        Record(
            file=f"{k}.jpg", view=view, side=side, patient=str(n),
            split="train" if n < TRAINED else "held-out",
        )
        for k, (n, _, side, view) in enumerate(known)
    ]  # fmt: skip
    write(place, np.stack([grey for _, grey, _, _ in known]), records)
    return Library(place, ROWS)


def test_planted_copies_of_real_mammograms_are_flagged(women, library) -> None:
    draw = np.random.default_rng(3)
    for images in women[:TRAINED:5]:
        found = library.nearest(altered((images[0][0] / 65535).astype(np.float32), draw))
        assert found.flagged, found.words


def test_real_mammograms_of_women_who_were_not_trained_on_are_not(women, library) -> None:
    for images in women[-UNSEEN:]:
        for grey, _, _ in images:
            found = library.nearest((grey / 65535).astype(np.float32))
            assert not found.flagged, found.words
            assert found.words.lower().startswith(CLEAR)

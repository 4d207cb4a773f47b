"""One exposure in two files, one patient under two names, and a split that never leaks."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.prepare.patients import (
    agreement,
    held_out,
    joined,
    labels,
    numbered,
    same,
    structure,
    twins,
)
from app.prepare.work import Seen


def seen(**known):
    plain = {
        "name": "a", "view": "CC", "side": "L", "patient": "p", "exam": "e", "density": "",
        "vendor": "", "age": "", "window": "", "bits": 8, "size": 100, "area": 0.5,
        "grey": (1,), "notes": (),
    }  # fmt: skip
    return Seen(**plain | known)


def breast(seed, kind=np.uint8):
    """Tissue-like noise in a half-disc at 160x128, the outline the same for all seeds."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:160, 0:128]
    spectrum = np.fft.rfft2(draw.standard_normal((160, 128)))
    f = np.hypot(np.fft.fftfreq(160)[:, None], np.fft.rfftfreq(128)[None]) + 1 / 160
    texture = np.fft.irfft2(spectrum / f**1.5, (160, 128))
    texture = texture / texture.std()
    inside = (y - 80) ** 2 / 75**2 + x**2 / 90**2 < 1
    return np.clip(np.where(inside, 120 + 35 * texture, 0), 0, 255).astype(kind)


def compressed_and_shifted(image):
    """What a second archive may make of it: another crop, size, window and JPEG."""
    import io

    moved = np.roll(image, (3, 0), axis=(0, 1))
    small = Image.fromarray(moved).resize((100, 125), Image.Resampling.BOX)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=60)
    back = Image.open(file).resize((128, 160), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(back) * 0.8 + 10 * (np.asarray(back) > 12), 0, 255).astype(np.uint8)


def test_twins_are_told_from_strangers_of_the_same_outline():
    fine = {str(i): breast(i) for i in range(6)}
    fine["again"] = compressed_and_shifted(fine["2"])
    known = {name: seen(size=50 if name == "again" else 100) for name in fine}
    assert twins(known, fine.__getitem__) == {"again": "2"}
    # The larger file is kept, whichever comes first.
    known["again"] = seen(size=200)
    assert twins(known, fine.__getitem__) == {"2": "again"}
    # Another view is another exposure.
    known["again"] = seen(size=200, view="MLO")
    assert twins(known, fine.__getitem__) == {}


def test_a_twin_lends_the_labels_it_knows():
    known = {"a": seen(age="50"), "b": seen(density="C", vendor="GE", age="51"), "c": seen()}
    told = labels(known, {"b": "a"})
    assert (told["a"].density, told["a"].vendor, told["a"].age) == ("C", "GE", "50")
    assert told["c"] == known["c"]


def test_fine_structure_decides_where_outlines_are_alike():
    one, other = structure(breast(0)), structure(breast(1))
    assert agreement(one, one) == pytest.approx(1, abs=1e-5)
    assert agreement(one, structure(compressed_and_shifted(breast(0)))) > 0.6
    assert agreement(one, other) < 0.3


def test_blocks_of_the_table_change_nothing(monkeypatch):
    fine = {str(i): breast(i % 9) for i in range(30)}
    known = {name: seen() for name in fine}
    whole = twins(known, fine.__getitem__)
    monkeypatch.setattr("app.prepare.patients.BLOCK", 4)
    assert twins(known, fine.__getitem__) == whole == {str(i): str(i % 9) for i in range(9, 30)}


names = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12)), min_size=1, max_size=40)


@given(names, st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=8))
def test_no_chain_of_links_is_parted(given_names, pairs):
    """Patients, exams and twins at random: whatever is linked is in one part."""
    known = {
        str(i): seen(patient=digest(f"p{p}"), exam=digest(f"e{e}"))
        for i, (p, e) in enumerate(given_names)
    }
    pairs = [(str(a), str(b)) for a, b in pairs if a < len(known) and b < len(known)]
    by_patient, by_exam = (same(known, key) for key in (lambda s: s.patient, lambda s: s.exam))
    patient = joined(known, [*by_patient, *by_exam, *pairs])
    apart = held_out(known, patient, 0.4)
    part = {name: patient[name] in apart for name in known}
    for one, other in [*by_patient, *by_exam, *pairs]:
        assert part[one] == part[other]
    # And nothing else is joined: heads are one per connected component, counted by numpy.
    links = np.eye(len(known), dtype=bool)
    for one, other in [*by_patient, *by_exam, *pairs]:
        links[int(one), int(other)] = links[int(other), int(one)] = True
    for _ in known:
        links = links @ links
    assert len(set(patient.values())) == len({tuple(row) for row in links.tolist()})


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_patient_stays_where_she_is_when_images_are_added():
    few = {str(i): seen(patient=digest(str(i)), exam=str(i)) for i in range(50)}
    more = few | {str(i): seen(patient=digest(str(i)), exam=str(i)) for i in range(50, 2000)}
    alone = {name: name for name in more}
    first, second = held_out(few, alone, 0.15), held_out(more, alone, 0.15)
    assert first == second & set(few)
    assert 0.12 < len(second) / len(more) < 0.18
    assert held_out(more, alone, 0.0) == set()


def test_numbers_follow_first_appearance():
    assert numbered(["b", "a", "b", "c"]) == {"b": "1", "a": "2", "c": "3"}

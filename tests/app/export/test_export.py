"""Exports of the shipped model, read back by Pillow, OpenCV, pydicom and dicom3tools."""

import csv
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from app import resources
from app.commands import facts_of
from app.core.mammogram import Source
from app.core.marking import Marked, MarkedFrames, burn_in, lettered, mark
from app.core.recipe import LatentPoint, Recipe
from app.core.reel import Reel, reel_from_json
from app.dicom.read import reel_in
from app.export.batch import Work, write_batch, write_film
from app.export.formats import FORMATS, format_of
from app.synth.quality import Judge
from app.synth.render import Synthesizer


@pytest.fixture(scope="module")
def model():
    return Synthesizer(resources.default_model())


@pytest.fixture(scope="module")
def recipe(model):
    """An exam that uses all there is: edits, a lock, a latent of its own, an end to walk to."""
    numbers = np.random.default_rng(1).standard_normal((2, 128)).astype(np.float32)
    latent, aside = (tuple(row.tolist()) for row in numbers)
    point = LatentPoint(seed=7, edits=(0.5, -1.0), locked=(2,), latent=latent, aside=aside)
    end = LatentPoint(seed=9)
    return Recipe(model=model.info.hash, point=point, end=end, position=0.25, difference=0.3)


class Plain:
    """Draws, and judges by the seed: what is looked at is what becomes of the judgement."""

    def __init__(self, model):
        self.render = model.render

    def measured(self, recipe):
        return {"area": recipe.point.seed / 10}

    def quality(self, recipe):
        return recipe.point.seed / 10


def export(model, recipe, form, folder, **options):
    """All files of an exam, or of its walk, in a format."""
    work = Work(**options)
    if form.shape == "film":
        walk = tuple(replace(recipe, position=at) for at in (0.25, 0.5, 1.0))
        reel = Reel(recipes=walk, seconds=0.1)
        return [write_film(model.render, reel, form, folder / f"walk{form.suffix}", work)]
    files = list(write_batch(Plain(model), [recipe], form, folder, work))
    return [path for path in files if path.suffix != ".csv"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_reopens_to_the_same_exam_bit_for_bit(model, recipe, tmp_path, name):
    files = export(model, recipe, FORMATS[name], tmp_path)
    assert len(files) == (4 if FORMATS[name].shape == "views" else 1)
    assert not list(tmp_path.glob(".*")), "nothing half written is left"
    fresh = Synthesizer(resources.default_model())
    for path in files:
        again = reel_in(path).recipes[0]
        assert again == recipe
        told = facts_of(path)
        assert told["source"] == "synthetic"
        assert told["recipe"]["point"]["seed"] == 7
        for one, other in zip(fresh.render(again), model.render(recipe), strict=True):
            assert np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize(("name", "reader"), [("png16", Image.open), ("tiff16", Image.open)])
def test_pictures_hold_the_very_values_beside_the_word(model, recipe, tmp_path, name, reader):
    exam = model.render(recipe)
    for path, mammogram in zip(export(model, recipe, FORMATS[name], tmp_path), exam, strict=True):
        with reader(path) as image:
            seen = np.array(image)
        other = seen != mammogram.pixels
        assert other.any(), "the word is there"
        assert not other[:-7].any(), "and nothing else is changed"
        outer = other[-7:, :37] if mammogram.facts.side == "R" else other[-7:, -37:]
        assert outer.sum() == other.sum(), "it stands away from the chest wall"
    plain = export(model, recipe, FORMATS[name], tmp_path / "plain", burn=False)
    with reader(plain[0]) as image:
        assert np.array_equal(np.array(image), exam[0].pixels)


def test_films_play_in_other_programs(model, recipe, tmp_path):
    gif, mp4, dicom = (
        export(model, recipe, FORMATS[name], tmp_path)[0] for name in ("gif", "mp4", "dicom-walk")
    )
    with Image.open(gif) as image:
        frames = [np.array(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
        assert image.info["duration"] == 100
    film = cv2.VideoCapture(str(mp4))
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    for frame in frames:
        good, seen = film.read()
        assert good
        # VP9 is lossy: alike, not equal.
        assert np.corrcoef(seen[..., 0].ravel(), frame.ravel())[0, 1] > 0.99
    assert not film.read()[0]
    ds = pydicom.dcmread(dicom)
    assert (ds.NumberOfFrames, float(ds.FrameTime)) == (3, 100)
    rcc = model.render(replace(recipe, position=0.5))[0].pixels
    assert np.array_equal(ds.pixel_array[1][: rcc.shape[0], : rcc.shape[1]], rcc)


@pytest.mark.parametrize("name", ["dicom", "dicom-walk"])
def test_dicom_carries_more_than_five_markers_and_no_error(model, recipe, tmp_path, name):
    path = export(model, recipe, FORMATS[name], tmp_path)[0]
    ds = pydicom.dcmread(path)
    assert ds.SyntheticData == "YES"
    assert ds.ImageType[:2] == ["DERIVED", "SECONDARY"]
    assert ds.BurnedInAnnotation == "YES"
    for words in (ds.PatientName, ds.PatientID, ds.SeriesDescription, ds.StudyDescription):
        assert str(words).startswith("SYNTHETIC")
    for words in (ds.DerivationDescription, ds.ImageComments):
        assert "SYNTHETIC" in words
    (maker,) = ds.ContributingEquipmentSequence
    assert maker.Manufacturer == "Mammoscope"
    assert "SYNTHETIC" in maker.ContributionDescription
    if (tool := shutil.which("dciodvfy")) is None:
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")
    done = subprocess.run([tool, path], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    # dicom3tools 20220618 is older than Synthetic Data (0008,001C).
    assert [x for x in lines if x.startswith("Error") and "(0x0008,0x001c)" not in x] == []


def test_pictures_say_that_they_are_synthetic(model, recipe, tmp_path):
    for name in ("png16", "tiff16", "gif", "mp4", "pdf", "dicom", "dicom-walk"):
        path = export(model, recipe, FORMATS[name], tmp_path / name)[0]
        content = path.read_bytes()
        wide = "SYNTHETIC".encode("utf-16-be")
        assert b"SYNTHETIC" in content or wide in content, name
    assert lettered("SYNTHETIC").shape == (5, 35)


def test_nothing_is_written_without_its_markers(model, recipe):
    mammogram = model.render(recipe)[0]
    with pytest.raises(TypeError, match="marked"):
        Marked(mammogram=mammogram, recipe=recipe, burned=True, seal=None)
    reel = Reel(recipes=(recipe,))
    with pytest.raises(TypeError, match="marked"):
        MarkedFrames(frames=(mammogram.pixels,), reel=reel, captions=(), burned=True, seal=1)
    real = replace(mammogram, facts=replace(mammogram.facts, source=Source.REAL))
    with pytest.raises(ValueError, match="RCC is a real image"):
        mark(real, recipe)


@pytest.mark.parametrize("shape", [(3, 2), (80, 64), (1280, 1024)])
def test_the_word_fits_whatever_the_picture(shape):
    pixels = np.zeros(shape, np.uint16)
    burn_in(pixels, left=True)
    if shape[0] >= 80:
        assert pixels[-shape[0] // 10 :].any()
        assert not pixels[: shape[0] // 2].any()


def test_a_gate_leaves_out_and_records_it(model, tmp_path):
    recipes = [Recipe(model=model.info.hash, point=LatentPoint(seed=s)) for s in (1, 5, 9)]
    work = Work()
    files = list(write_batch(Plain(model), recipes, FORMATS["png16"], tmp_path, work, gate=0.4))
    with (tmp_path / "records.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["rejected", "written", "written"]
    assert [float(row["quality"]) for row in rows] == [0.1, 0.5, 0.9]
    assert [float(row["area"]) for row in rows] == [0.1, 0.5, 0.9]
    assert rows[0]["files"] == ""
    assert rows[1]["files"].split()[0] == "seed-0005-RCC.png"
    assert {reel_in(path).recipes[0].gate for path in files if path.suffix == ".png"} == {0.4}
    list(write_batch(Plain(model), recipes, FORMATS["recipe"], tmp_path / "all", Work()))
    with (tmp_path / "all" / "records.csv").open(newline="") as file:
        assert {row["status"] for row in csv.DictReader(file)} == {"written"}


def test_what_is_stopped_leaves_whole_files_and_their_table(model, tmp_path):
    recipes = [Recipe(model=model.info.hash, point=LatentPoint(seed=s)) for s in range(5)]
    work = Work()
    work.cancelled = lambda: len(work.records) == 2
    list(write_batch(Plain(model), recipes, FORMATS["dicom"], tmp_path, work))
    with (tmp_path / "records.csv").open(newline="") as file:
        named = [name for row in csv.DictReader(file) for name in row["files"].split()]
    assert len(named) == 8
    assert sorted(named) == sorted(path.name for path in tmp_path.glob("*.dcm"))
    reel = Reel(recipes=tuple(recipes), seconds=0.1)
    assert write_film(model.render, reel, FORMATS["gif"], tmp_path / "w.gif", work) is None
    assert not (tmp_path / "w.gif").exists()


def test_quality_is_lower_for_what_is_broken(model, monkeypatch):
    monkeypatch.setattr("gan.quality.EXAMS", 48)
    judge = Judge(model)
    recipes = [Recipe(model=model.info.hash, point=LatentPoint(seed=s)) for s in range(10)]
    whole = [judge.quality(one) for one in recipes]
    assert 0.25 < np.mean(whole) < 0.75, "random exams lie anywhere"
    small = model.small

    def broken(recipe):
        images = small(recipe).copy()
        images[:, 30:45, 10:25] = -1  # a hole in the breast
        return images

    monkeypatch.setattr(model, "small", broken)
    assert np.mean([judge.quality(one) for one in recipes]) < np.mean(whole) - 0.15
    again = Judge(model, lambda *_: pytest.fail("what is usual was kept"))
    assert again.quality(recipes[0]) == judge.quality(recipes[0])


NUMBER = st.floats(-9, 9)
POINTS = st.builds(
    LatentPoint,
    seed=st.integers(0, 2**32 - 1),
    edits=st.lists(NUMBER, max_size=3).map(tuple),
    latent=st.lists(NUMBER, max_size=3).map(tuple),
)
RECIPES = st.builds(
    Recipe,
    model=st.just("0f"),
    point=POINTS,
    end=st.none() | POINTS,
    position=st.floats(0, 1),
    gate=st.none() | st.floats(0, 1),
)


@given(st.lists(RECIPES, min_size=1, max_size=4), st.floats(0, 10))
def test_a_reel_survives_its_json(recipes, seconds):
    reel = Reel(recipes=tuple(recipes), seconds=seconds)
    assert reel_from_json(reel.to_json()) == reel
    assert reel_from_json(recipes[0].to_json()).recipes == (recipes[0],)


@given(st.from_regex(r'[{"\[]?[a-z0-9:",{}\[\]]*', fullmatch=True))
@settings(max_examples=50)
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(ValueError, match="recipe"):
        reel_from_json(text)
    with pytest.raises(ValueError, match="recipe"):
        reel_from_json('{"mammoscope_reel": 1, "first": ' + text)


def test_a_wrong_format_is_told_with_those_there_are():
    with pytest.raises(ValueError, match="allowed are dicom, png16, tiff16"):
        format_of("bmp", "views")


@pytest.mark.parametrize("name", ["dicom", "dicom-walk"])
def test_an_archive_gives_back_the_same_exam(model, recipe, tmp_path, orthanc, name):
    files = export(model, recipe, FORMATS[name], tmp_path)
    for path in files:
        orthanc.put(path.read_bytes())
    (patient,) = orthanc.rest("/patients?expand")
    assert patient["MainDicomTags"]["PatientID"] == "SYNTHETIC"
    returned = orthanc.files()
    assert len(returned) == len(files)
    for number, content in enumerate(returned):
        path = tmp_path / f"back-{number}.dcm"
        path.write_bytes(content)
        assert reel_in(path).recipes[0] == recipe
        ds = pydicom.dcmread(path)
        sent = next(d for d in map(pydicom.dcmread, files) if d.SOPInstanceUID == ds.SOPInstanceUID)
        assert np.array_equal(ds.pixel_array, sent.pixel_array)
        assert ds.SyntheticData == "YES"

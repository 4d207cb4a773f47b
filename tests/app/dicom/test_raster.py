"""Pictures: exams by file name and manifest, and what is no grey picture."""

import numpy as np
import pytest
from PIL import Image

from app.core.mammogram import Source
from app.dicom.location import Unreadable
from app.dicom.read import read, read_facts
from app.dicom.scan import exams_under


@pytest.fixture
def grey(half_disc):
    return (half_disc() >> 4).astype(np.uint8)


def test_names_alone_make_an_exam(tmp_path, grey):
    for name in ("P1_RCC", "P1_LEFT_MLO", "P2-L-CC"):
        Image.fromarray(grey).save(tmp_path / f"{name}.png")
    exams, refused = exams_under([tmp_path])
    assert refused == ()
    assert {e.title: [i.label for i in e.images] for e in exams} == {
        "P 1": ["RCC", "LMLO"],
        "P 2": ["LCC"],
    }
    assert all({"side", "view", "exam"} <= set(i.inferred) for e in exams for i in e.images)


def test_a_folder_whose_names_hold_nothing_else_is_one_exam(tmp_path, grey):
    folder = tmp_path / "visit"
    folder.mkdir()
    for name in ("RCC", "LCC", "RMLO", "LMLO"):
        Image.fromarray(grey).save(folder / f"{name}.jpg")
    (exam,), _ = exams_under([folder])
    assert exam.title == "visit"
    assert [i.label for i in exam.images] == ["RCC", "LCC", "RMLO", "LMLO"]


def test_a_changed_manifest_is_read_again(tmp_path, grey):
    import os

    Image.fromarray(grey).save(tmp_path / "a.png")
    manifest = tmp_path / "manifest.csv"
    for stamp, side in enumerate("RL"):
        manifest.write_text(f"file,laterality,view\na.png,{side},CC\n")
        os.utime(manifest, (stamp + 1, stamp + 1))
        facts = read_facts(str(tmp_path / "a.png"))
        assert facts.side == side
        assert "side" not in facts.inferred


@pytest.mark.parametrize("source", ["M-SYNTH, physics-simulated", "Synthetic set"])
def test_what_a_manifest_calls_simulated_is_synthetic(tmp_path, grey, source):
    Image.fromarray(grey).save(tmp_path / "a.png")
    (tmp_path / "manifest.csv").write_text(f'file,source\na.png,"{source}"\n')
    assert read_facts(str(tmp_path / "a.png")).source is Source.SYNTHETIC


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_values_come_as_stored(tmp_path, name, kind):
    values = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (30, 20)).astype(kind)
    Image.fromarray(values).save(tmp_path / name)
    mammogram = read(str(tmp_path / name))
    np.testing.assert_array_equal(mammogram.pixels, values)
    assert mammogram.encoding.bits == np.iinfo(kind).bits


def test_grey_stored_as_colour_is_read(tmp_path, grey):
    Image.fromarray(grey).convert("RGB").save(tmp_path / "rgb.png")
    Image.fromarray(grey).convert("P").save(tmp_path / "palette.png")
    for name in ("rgb.png", "palette.png"):
        np.testing.assert_array_equal(read(str(tmp_path / name)).pixels, grey)


def test_colour_is_refused(tmp_path):
    red = Image.new("RGB", (40, 50), (200, 10, 10))
    red.save(tmp_path / "rgb.png")
    red.convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    for name in ("rgb.png", "palette.png"):
        with pytest.raises(Unreadable, match=f"{name}: is in colour"):
            read(str(tmp_path / name))


def test_several_pictures_in_one_file_are_refused(tmp_path, grey):
    picture = Image.fromarray(grey)
    picture.save(tmp_path / "a.tif", save_all=True, append_images=[picture])
    with pytest.raises(Unreadable, match="holds 2 pictures"):
        read_facts(str(tmp_path / "a.tif"))

"""Exports judged by dicom3tools, dcmtk, Pillow and pydicom, none of them ours."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from PIL import Image

from app.core.display import Encoding, Window
from app.core.mammogram import SCREENING, Facts, Mammogram, Source
from app.core.marking import mark
from app.core.recipe import LatentPoint, Recipe
from app.dicom.read import read, recipe_in
from app.dicom.write import write_png16, write_synthetic, write_tiff16

RECIPE = Recipe(model="0f" * 32, point=LatentPoint(seed=7, edits=(0.5, -1.25)), difference=0.3)
ORIENTATION = {
    "RCC": ("P", "L"),
    "LCC": ("A", "R"),
    "RMLO": ("P", "FL"),
    "LMLO": ("A", "FR"),
}


def generated(side="R", view="CC", rows=80, columns=63):
    pixels = np.random.default_rng(3).integers(0, 2**16, (rows, columns), np.uint16)
    return Mammogram(
        facts=Facts(
            file=f"seed 7 {side}{view}",
            rows=rows,
            columns=columns,
            side=side,
            view=view,
            source=Source.SYNTHETIC,
            orientation=ORIENTATION[side + view],
        ),
        pixels=pixels,
        encoding=Encoding(
            bits=16, vois=(Window(center=30000.5, width=50000, name="soft"),), air=(0, 983)
        ),
    )


@pytest.fixture
def exported(tmp_path):
    paths = {}
    for side, view in SCREENING:
        paths[side + view] = tmp_path / f"{side}{view}.dcm"
        write_synthetic(mark(generated(side, view), RECIPE, burn=False), paths[side + view])
    return paths


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian packages dcmtk, dicom3tools)")
    return found


def test_dciodvfy_finds_no_error(exported):
    dciodvfy = tool("dciodvfy")
    for path in exported.values():
        done = subprocess.run([dciodvfy, path], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        # dicom3tools 20220618 is older than Synthetic Data (0008,001C).
        errors = [x for x in lines if x.startswith("Error") and "(0x0008,0x001c)" not in x]
        assert errors == []
        assert "MammographyImageForPresentation" in lines


def test_dcentvfy_accepts_the_views_as_one_study(exported):
    done = subprocess.run(
        [tool("dcentvfy"), *exported.values()], capture_output=True, text=True, check=False
    )
    assert "Error" not in done.stdout + done.stderr


def test_dcmtk_reads_the_same_pixels(exported, tmp_path):
    # A window over everything there is: the 16-bit output is then the stored value itself.
    out = tmp_path / "out.pgm"
    for label, path in exported.items():
        done = subprocess.run(
            [tool("dcmj2pnm"), "--write-16-bit-pnm", "--set-window", "32768", "65536", path, out],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        pixels = generated(label[0], label[1:]).pixels
        # dcmtk's 16-bit PNM is text: "P2 columns rows most values..."
        words = out.read_text().split("\n", 1)[1].split()
        words = [int(word) for word in words if word.isdigit()]
        assert words[:3] == [63, 80, 65535]
        got = np.array(words[3:]).reshape(80, 63)
        assert np.abs(got - pixels.astype(int)).max() <= 1


def test_header_says_synthetic_and_nothing_invented(exported):
    datasets = {label: pydicom.dcmread(path) for label, path in exported.items()}
    for label, ds in datasets.items():
        assert list(ds.ImageType) == ["DERIVED", "SECONDARY"]
        assert ds.SyntheticData == "YES"
        assert ds.PatientName == ds.PatientID == "SYNTHETIC"
        assert ds.ImageLaterality == label[0]
        assert tuple(ds.PatientOrientation) == ORIENTATION[label]
        assert ds.PresentationLUTShape == "IDENTITY"
        assert (ds.PixelPaddingValue, ds.PixelPaddingRangeLimit) == (0, 983)
        assert RECIPE.model in ds.DerivationDescription
        assert "seed 7" in ds.DerivationDescription
        assert (ds.WindowCenter, ds.WindowWidth) == (30000.5, 50000)
        for keyword in ("KVP", "Exposure", "OrganDose", "EntranceDoseInmGy", "AcquisitionDate"):
            assert keyword not in ds
        assert np.array_equal(ds.pixel_array, generated(label[0], label[1:]).pixels)
    codes = {label: ds.ViewCodeSequence[0].CodeValue for label, ds in datasets.items()}
    assert codes == {
        "RCC": "399162004",
        "LCC": "399162004",
        "RMLO": "399368009",
        "LMLO": "399368009",
    }


def test_uids_share_a_study_and_repeat(exported, tmp_path):
    datasets = [pydicom.dcmread(path) for path in exported.values()]
    assert len({ds.StudyInstanceUID for ds in datasets}) == 1
    assert len({ds.SOPInstanceUID for ds in datasets}) == 4
    assert all(ds.SOPInstanceUID.is_valid and len(ds.SOPInstanceUID) <= 64 for ds in datasets)
    assert all(ds.StudyInstanceUID.startswith("2.25.") for ds in datasets)
    again = tmp_path / "again.dcm"
    write_synthetic(mark(generated(), RECIPE, burn=False), again)
    assert again.read_bytes() == exported["RCC"].read_bytes()
    other = replace(RECIPE, difference=0.31)
    write_synthetic(mark(generated(), other, burn=False), again)
    assert pydicom.dcmread(again).StudyInstanceUID != datasets[0].StudyInstanceUID


def test_reopens_as_the_same_mammogram(exported):
    for label, path in exported.items():
        made, again = generated(label[0], label[1:]), read(str(path))
        assert np.array_equal(again.pixels, made.pixels)
        assert again.encoding.vois == made.encoding.vois
        assert again.encoding.air == made.encoding.air
        assert again.facts.label == label
        assert again.facts.source is Source.SYNTHETIC
        assert again.facts.orientation == made.facts.orientation
        assert again.facts.inferred == {}


def test_recipe_survives_dicom_png_and_implicit_syntax(exported, tmp_path):
    assert recipe_in(exported["LMLO"]) == RECIPE
    ds = pydicom.dcmread(exported["LMLO"])
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    implicit = tmp_path / "implicit.dcm"
    ds.save_as(implicit, implicit_vr=True, little_endian=True)
    assert recipe_in(implicit) == RECIPE
    png = tmp_path / "x.png"
    write_png16(mark(generated(), RECIPE), png)
    assert recipe_in(png) == RECIPE


def test_png_keeps_16_bits_and_is_marked(tmp_path):
    path = tmp_path / "x.png"
    write_png16(mark(generated(), RECIPE, burn=False), path)
    with Image.open(path) as image:
        assert image.mode == "I;16"
        assert "SYNTHETIC" in image.text
        assert np.array_equal(np.asarray(image), generated().pixels)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": Source.REAL}, "only generated"),
        ({"view": "XCCL"}, "CC or MLO"),
        ({"side": None}, "side"),
        ({"orientation": None}, "orientation"),
    ],
)
@pytest.mark.parametrize("write", [write_synthetic, write_png16, write_tiff16])
def test_anything_else_is_refused(tmp_path, write, change, words):
    made = generated()
    with pytest.raises(ValueError, match=words):
        write(mark(replace(made, facts=replace(made.facts, **change)), RECIPE), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_other_photometry_is_refused(tmp_path):
    made = generated()
    inverse = replace(made, encoding=replace(made.encoding, inverse=True))
    with pytest.raises(ValueError, match="inverse"):
        write_synthetic(mark(inverse, RECIPE), tmp_path / "x")

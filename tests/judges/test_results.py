"""What we export, judged by dicom3tools and dcmtk: valid, and rendered by them as by us."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from app.core.annotation import Annotation, Notes
from app.core.display import Curve, VoiTable, Window, apply_table, display_table
from app.core.geometry import Transform
from app.dicom.marks import read_marks
from app.dicom.noted import NotedImage
from app.dicom.outlines import outline_points
from app.dicom.read import read
from app.dicom.results import write_results
from app.dicom.state import rotation_and_flip

pytestmark = pytest.mark.skipif(
    shutil.which("dciodvfy") is None or shutil.which("dcmp2pgm") is None,
    reason="dicom3tools and dcmtk are not installed",
)
MG = "1.2.840.10008.5.1.4.1.1.1.2"
DRAWN = Notes(
    annotations=(
        Annotation(kind="distance", points=((10, 10), (40, 50)), label="Länge µ"),
        Annotation(kind="angle", points=((5, 5), (5, 40), (30, 40))),
        Annotation(kind="ellipse", points=((10, 10), (40, 30))),
        Annotation(kind="rectangle", points=((10, 10), (20, 40))),
        Annotation(kind="freehand", points=((10, 10), (20, 40), (30.5, 12.25))),
        Annotation(kind="profile", points=((1, 1), (40, 40))),
    ),
    key=True,
)


def image(path, pixels, study="1.2.3", **elements):
    """Write an MG file with pydicom alone."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
    made.PatientName, made.PatientID, made.StudyDate = "Test^One", "1", "20240102"
    made.Modality, made.SamplesPerPixel, made.ImageLaterality = "MG", 1, "L"
    made.PhotometricInterpretation = "MONOCHROME2"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.ImagerPixelSpacing = ["0.1", "0.1"]
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator, view.CodeMeaning = "399162004", "SCT", "CC"
    view.ViewModifierCodeSequence = []
    made.ViewCodeSequence = [view]
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    made.PixelData = np.ascontiguousarray(pixels).astype("<u2").tobytes()
    made.save_as(path, enforce_file_format=True)
    return read(str(path))


def noted(mammogram, **changes):
    usual = {
        "notes": DRAWN,
        "voi": Window(center=2000, width=3000, name="file"),
        "invert": False,
        "transform": Transform.IDENTITY,
    }
    return NotedImage(mammogram=mammogram, **{**usual, **changes})


def errors(path):
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.startswith("Error")]


@pytest.fixture
def ramp():
    """Every value up to 3999 once, in 50 rows of 80 that no symmetry maps to itself."""
    return np.arange(4000, dtype=np.uint16).reshape(50, 80)


def test_all_objects_are_valid(tmp_path, ramp):
    images = [image(tmp_path / f"{n}.dcm", ramp) for n in range(2)]
    written = write_results([noted(one) for one in images], tmp_path / "out")
    assert [path.name for path in written] == [
        "presentation-state-1.dcm",
        "key-images-1.dcm",
        "measurements-1.dcm",
    ]
    for path in written:
        assert errors(path) == [], path.name
    done = subprocess.run(["dcmpschk", str(written[0])], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Test passed" in done.stdout + done.stderr
    again = write_results([noted(images[0])], tmp_path / "out")
    assert again[0].name == "presentation-state-2.dcm"


def test_real_films_with_poor_headers_give_valid_objects(tmp_path, mammogram_cases):
    film = next(path for path in sorted(mammogram_cases[0].iterdir()) if path.suffix == ".dcm")
    for path in write_results([noted(read(str(film)))], tmp_path):
        assert errors(path) == [], path.name


curve = (4095 * (np.arange(2000) / 1999) ** 0.5).round().astype(np.uint16)
TABLE = VoiTable(data=curve, first=700, bits=12, name="ROOT")


@pytest.mark.parametrize("transform", Transform)
def test_a_state_turns_the_image_as_it_hangs(tmp_path, ramp, transform):
    mammogram = image(tmp_path / "a.dcm", ramp)
    judge = rendered(tmp_path, noted(mammogram, transform=transform))
    table = display_table(mammogram.encoding, Window(center=2000, width=3000))
    ours = transform.apply(apply_table(ramp, table)).astype(int)
    assert judge.shape == ours.shape
    assert np.abs(judge - ours)[ours > 0].max() <= 1
    assert rotation_and_flip(Transform.IDENTITY) == (0, False)
    assert rotation_and_flip(Transform.FLIP_HORIZONTAL) == (0, True)
    assert rotation_and_flip(Transform.ROTATE_90_CW) == (90, False)


@pytest.mark.parametrize(
    "voi",
    [
        Window(center=1500, width=800),
        Window(center=1500, width=800, curve=Curve.SIGMOID),
        TABLE,
        VoiTable(data=curve, first=700, bits=12, name="ROOT", shift=150.0, stretch=0.5),
    ],
    ids=["linear", "sigmoid", "table", "stretched table"],
)
@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("invert", [False, True])
def test_a_state_keeps_window_and_polarity(tmp_path, ramp, voi, polarity, invert):
    mammogram = image(tmp_path / "a.dcm", ramp, PhotometricInterpretation=polarity)
    judge = rendered(tmp_path, noted(mammogram, voi=voi, invert=invert))
    table = display_table(mammogram.encoding, voi, invert=invert)
    ours = apply_table(ramp, table).astype(int)
    tissue = np.ones(ramp.shape, bool)
    for air in (mammogram.encoding.air, mammogram.encoding.dim_air):
        if air is not None:
            tissue &= (ramp < air[0]) | (ramp > air[1])
    assert np.abs(judge - ours)[tissue].max() <= 1


def rendered(folder, one):
    """Return what dcmtk makes of an image and the state we wrote for it."""
    state = write_results([replace(one, notes=Notes(key=True))], folder / "out")[0]
    out = folder / "judge.pgm"
    source = one.mammogram.facts.file
    command = ["dcmp2pgm", "-p", str(state), source, str(out)]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(out) as picture:
        return np.asarray(picture.convert("L")).astype(int)


def test_what_an_object_cannot_hold_goes_to_another(tmp_path, ramp):
    one, two = image(tmp_path / "a.dcm", ramp), image(tmp_path / "b.dcm", ramp, study="1.2.4")
    other = image(tmp_path / "c.dcm", ramp[:40])
    images = [noted(one), noted(one, invert=True), noted(two), noted(other, notes=Notes(key=True))]
    names = [path.name for path in write_results(images, tmp_path / "out")]
    assert len([n for n in names if n.startswith("presentation")]) == 4
    assert len([n for n in names if n.startswith("key")]) == 2
    assert len([n for n in names if n.startswith("meas")]) == 2
    for name in names:
        assert errors(tmp_path / "out" / name) == []


def test_measurements_hold_the_numbers(tmp_path, ramp):
    mammogram = image(tmp_path / "a.dcm", ramp)
    report = pydicom.dcmread(write_results([noted(mammogram)], tmp_path / "out")[2])
    found = {}

    def walk(items):
        for item in items:
            if item.ValueType == "NUM":
                name = item.ConceptNameCodeSequence[0].CodeMeaning
                measured = item.MeasuredValueSequence[0]
                unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
                found.setdefault(name, []).append((float(measured.NumericValue), unit))
            walk(item.get("ContentSequence", []))

    walk(report.ContentSequence)
    assert found["Length"][0] == (pytest.approx(5.0), "mm")
    assert found["Angle"] == [(pytest.approx(90.0), "deg")]
    inside = ramp[10:40, 10:20].astype(float)
    assert (pytest.approx(inside.mean()), "1") in found["Mean intensity"]
    assert (pytest.approx(3.0), "mm2") in found["Area"]


def test_what_was_pushed_over_the_edge_is_written_at_the_edge(tmp_path, ramp):
    over = Annotation(kind="distance", points=((-9, 10), (99, 70)))
    region = Annotation(kind="ellipse", points=((-9, 10), (99, 70)))
    notes = Notes(annotations=(over, region))
    mammogram = image(tmp_path / "a.dcm", ramp)
    for path in write_results([noted(mammogram, notes=notes)], tmp_path / "out"):
        assert errors(path) == []


def test_what_we_write_is_read_back(tmp_path, ramp):
    mammogram = image(tmp_path / "a.dcm", ramp)
    voi = Window(center=1500, width=800, name="HARD")
    marks = read_marks(str(write_results([noted(mammogram, voi=voi)], tmp_path / "out")[0]))
    drawn = [mark for mark in marks.images[mammogram.facts.uid] if mark.shape != "text"]
    assert [mark.points for mark in drawn] == [tuple(outline_points(a)) for a in DRAWN.annotations]
    assert marks.vois[mammogram.facts.uid] == (voi,)
    assert sum(m.shape == "text" for m in marks.images[mammogram.facts.uid]) == len(drawn)


def test_pictures_and_empty_notes_are_refused_in_words(tmp_path, ramp):
    picture = tmp_path / "a.png"
    Image.fromarray(ramp).save(picture)
    with pytest.raises(ValueError, match="picture file"):
        write_results([noted(read(str(picture)))], tmp_path / "out")
    with pytest.raises(ValueError, match="nothing is drawn"):
        write_results([noted(read(str(picture)), notes=Notes())], tmp_path / "out")
    assert not (tmp_path / "out").exists()

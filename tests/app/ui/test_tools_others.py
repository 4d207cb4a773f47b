"""Marks of others over the panes, and export of our own."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.core.annotation import Annotation, Notes
from app.core.marks import Mark, Marks, Outcome
from app.ui import theme
from app.ui.browser.finding import Batch
from app.ui.pictures import develop
from app.ui.tools.kit import Kit
from app.ui.tools.others import path_of
from app.ui.tools.places import places_of


@pytest.fixture
def kit(bench, qtbot) -> Kit:
    kit = Kit(bench.hands, bench.notebook, bench.jobs, bench.desk, theme.load())
    bench.grid.show_step(bench.grid.step)
    qtbot.waitUntil(bench.grid.settled, timeout=5000)
    return kit


def identify(pane, uid):
    pane.facts = replace(pane.facts, uid=uid)


BOX = Mark(shape="polyline", points=((20, 20), (90, 20), (90, 90), (20, 90), (20, 20)), text="Mass")


def test_cad_is_hidden_until_asked_for_and_tells_every_outcome(bench, kit, grey_of):
    right, left = bench.pane("RCC"), bench.pane("LCC")
    identify(right, "1")
    identify(left, "2")
    assert "No presentation state" in kit.others.toggle()
    assert kit.marks(left) == []
    images = {"1": (), "2": (BOX,)}
    report = Marks(file="c", title="Seeker 3", images=images, outcome=Outcome.FINDINGS)
    bench.desk._found(Batch(marks=[report]))
    clean = grey_of(left)
    assert kit.marks(left) == [("marks: Shift+I", "dim")]
    kit.toggle_others()
    assert (grey_of(left)[60:250, 20:200] != clean[60:250, 20:200]).any()
    assert kit.marks(left) == [("Seeker 3: 1 mark", "caution")]
    assert kit.marks(right) == [("Seeker 3: none found", "caution")]
    assert kit.marks(bench.pane("RMLO")) == [("CAD: not run", "caution")]
    kit.toggle_others()
    np.testing.assert_array_equal(grey_of(left), clean)


def test_states_of_others_name_no_cad(bench, kit):
    pane = bench.pane("LCC")
    identify(pane, "2")
    second = Marks(file="p", title="SECOND", images={"2": (BOX, BOX)})
    bench.desk._found(Batch(marks=[second]))
    kit.toggle_others()
    assert kit.others.lines(pane) == ["SECOND: 2 marks"]
    bench.desk.open([])
    assert kit.others.lines(pane) == []


@pytest.mark.parametrize(
    ("mark", "box"),
    [
        (Mark(shape="circle", points=((50, 60), (50, 80))), (30, 40, 70, 80)),
        (Mark(shape="ellipse", points=((20, 50), (80, 50), (50, 40), (50, 60))), (20, 40, 80, 60)),
        (Mark(shape="polyline", points=((10, 20), (40, 70))), (10, 20, 40, 70)),
    ],
)
def test_shapes_lie_where_their_pixels_are(bench, mark, box):
    places = places_of(bench.pane("LCC"))
    found = path_of(mark, places).boundingRect()
    one, two = places.shown((box[0], box[1])), places.shown((box[2], box[3]))
    assert (found.left(), found.top()) == pytest.approx((one.x(), one.y()), abs=0.01)
    assert (found.right(), found.bottom()) == pytest.approx((two.x(), two.y()), abs=0.01)
    point = path_of(Mark(shape="point", points=((50, 60),)), places).boundingRect()
    assert point.contains(places.shown((50, 60)))


def test_export_writes_the_step_in_view(bench, kit, qtbot, tmp_path):
    from app.dicom.read import read

    said = []
    kit.said.connect(said.append)
    kit.export.ask()
    assert "Nothing is drawn" in said[-1]
    path = _dicom(tmp_path, bench.images["LCC"].pixels)
    pane = bench.pane("LCC")
    pane.show_picture(develop(read(str(path))))
    bench.pictures.put(pane.picture)
    qtbot.waitUntil(lambda: bench.notebook.key_of(pane) is not None, timeout=5000)
    line = Annotation(kind="distance", points=((1, 1), (50, 50)))
    bench.notebook.put(bench.notebook.key_of(pane), Notes(annotations=(line,), key=True))
    out = tmp_path / "out"
    kit.export.write(out)
    qtbot.waitUntil(lambda: said[-1].startswith("Wrote"), timeout=20000)
    assert sorted(p.name.partition("-")[0] for p in out.iterdir()) == [
        "key",
        "measurements",
        "presentation",
    ]


def _dicom(folder, pixels):
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = "1.2", "1.2.3", "MG"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.ImageLaterality, made.PatientOrientation = "L", ["A", "R"]
    made.PixelData = pixels.tobytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(folder / "a.dcm", enforce_file_format=True)
    return folder / "a.dcm"


def test_words_stay_inside_the_pane(bench, kit, grey_of):
    pane = bench.pane("LCC")
    key = bench.notebook.key_of(pane)
    places = places_of(pane)
    corner = places.inside(places.stored(QPointF(pane.width() - 2, pane.height() - 2)))
    line = Annotation(kind="distance", points=((0, 0), corner), label="a long name of a finding")
    bench.notebook.put(key, Notes(annotations=(line,)))
    shown = grey_of(pane)
    assert (shown[-60:, -300:] > 100).sum() > 200

"""Presentation states and CAD reports as others write them, built by hand with pydicom alone."""

import shutil
import subprocess

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from app.core.geometry import Transform
from app.core.mammogram import Facts
from app.core.marks import Outcome, detection_on, marks_on
from app.dicom.location import Unreadable
from app.dicom.marks import _TURNS, GSPS, MAMMO_CAD, read_marks
from app.dicom.read import read_facts
from app.dicom.scan import MarksFound, Refused, scan
from app.dicom.state import rotation_and_flip

IMAGE, TWIN = "1.2.3.1", "1.2.3.2"
MG, MG_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.1.2.1"


def file_of(sop_class, modality):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    made.Modality, made.SpecificCharacterSet = modality, "ISO_IR 192"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3", generate_uid()
    made.PatientName = made.PatientID = "TEST"
    made.PatientBirthDate = made.PatientSex = ""
    made.StudyDate = made.StudyTime = made.StudyID = ""
    made.AccessionNumber = made.ReferringPhysicianName = ""
    made.SeriesNumber = made.InstanceNumber = 1
    made.Manufacturer = "Stranger"
    return made


def item(**elements):
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def code(value, meaning, scheme="DCM"):
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def image_item(uid=IMAGE, sop=MG):
    return item(ReferencedSOPClassUID=sop, ReferencedSOPInstanceUID=uid)


# Presentation states.


def state(rotation=0, flip="N", area=((1, 1), (80, 50)), graphics=(), texts=()):
    made = file_of(GSPS, "PR")
    made.ContentLabel, made.ContentDescription, made.ContentCreatorName = "SECOND", "", ""
    made.PresentationCreationDate, made.PresentationCreationTime = "20240101", "120000"
    series = item(SeriesInstanceUID="1.2.3.9", ReferencedImageSequence=[image_item()])
    made.ReferencedSeriesSequence = [series]
    made.ImageRotation, made.ImageHorizontalFlip = rotation, flip
    made.DisplayedAreaSelectionSequence = [
        item(
            ReferencedImageSequence=[image_item()],
            DisplayedAreaTopLeftHandCorner=list(area[0]),
            DisplayedAreaBottomRightHandCorner=list(area[1]),
            PresentationSizeMode="SCALE TO FIT",
            PresentationPixelAspectRatio=[1, 1],
        )
    ]
    made.GraphicLayerSequence = [item(GraphicLayer="ONE", GraphicLayerOrder=1)]
    annotation = item(ReferencedImageSequence=[image_item()], GraphicLayer="ONE")
    if graphics:
        annotation.GraphicObjectSequence = list(graphics)
    if texts:
        annotation.TextObjectSequence = list(texts)
    made.GraphicAnnotationSequence = [annotation]
    made.PresentationLUTShape = "IDENTITY"
    return made


def graphic(kind, *values, unit="PIXEL", filled="N"):
    return item(
        GraphicAnnotationUnits=unit,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(values) // 2,
        GraphicData=list(values),
        GraphicType=kind,
        GraphicFilled=filled,
    )


def saved(dataset, path):
    dataset.save_as(path, enforce_file_format=True)
    return str(path)


ALL_SHAPES = [
    graphic("POLYLINE", 1, 2, 30.5, 40.25, 9, 9),
    graphic("POINT", 5, 6),
    graphic("CIRCLE", 20, 20, 25, 20),
    graphic("ELLIPSE", 10, 20, 30, 20, 20, 15, 20, 25),
    graphic("INTERPOLATED", 1, 1, 5, 5, 9, 1),
]
NOTE = item(
    AnchorPointAnnotationUnits="PIXEL",
    UnformattedTextValue="look\r\nhere",
    AnchorPoint=[7.0, 8.0],
    AnchorPointVisibility="N",
)


def test_all_shapes_of_a_state_are_read(tmp_path):
    path = saved(state(graphics=ALL_SHAPES, texts=[NOTE]), tmp_path / "ps.dcm")
    if shutil.which("dcmpschk"):
        judged = subprocess.run(["dcmpschk", path], capture_output=True, check=False)
        assert b"Test passed" in judged.stdout + judged.stderr, "the fixture itself is valid"
    marks = read_marks(path)
    assert (marks.title, marks.outcome) == ("SECOND", None)
    drawn = marks.images[IMAGE]
    shapes = ["polyline", "point", "circle", "ellipse", "polyline", "text"]
    assert [m.shape for m in drawn] == shapes
    assert drawn[0].points == ((1, 2), (30.5, 40.25), (9, 9))
    assert (drawn[5].text, drawn[5].points) == ("look\nhere", ((7, 8),))


def test_places_relative_to_the_displayed_area(tmp_path):
    half = graphic("POINT", 0.25, 0.5, unit="DISPLAY")
    whole = read_marks(saved(state(graphics=[half]), tmp_path / "a.dcm"))
    assert whole.images[IMAGE][0].points == ((20, 25),)
    part = read_marks(saved(state(area=((11, 21), (30, 40)), graphics=[half]), tmp_path / "b.dcm"))
    assert part.images[IMAGE][0].points == ((15, 30),)
    # Turned a quarter right, what is a quarter from the left and half way down was half way
    # across and, counted from below, a quarter up.
    turned = read_marks(saved(state(rotation=90, graphics=[half]), tmp_path / "c.dcm"))
    assert turned.images[IMAGE][0].points == ((40, 37.5),)
    mirrored = read_marks(saved(state(flip="Y", graphics=[half]), tmp_path / "d.dcm"))
    assert mirrored.images[IMAGE][0].points == ((60, 25),)


def test_turns_are_read_as_they_are_written():
    assert {rotation_and_flip(t): t for t in Transform} == _TURNS


# CAD.


def content(kind, name, relation="CONTAINS", children=(), **elements):
    made = item(ValueType=kind, RelationshipType=relation, **elements)
    if name:
        made.ConceptNameCodeSequence = [code(*name)]
    if kind == "CONTAINER":
        made.ContinuityOfContent = "SEPARATE"
    if children:
        made.ContentSequence = list(children)
    return made


def coded(name, value, relation="CONTAINS", children=()):
    return content("CODE", name, relation, children, ConceptCodeSequence=[code(*value)])


def algorithm(name="ImageSeeker", version="3.1"):
    return [
        content("TEXT", ("111001", "Algorithm Name"), "HAS PROPERTIES", TextValue=name),
        content("TEXT", ("111003", "Algorithm Version"), "HAS PROPERTIES", TextValue=version),
    ]


def scoord(name, kind, *values, reference=None):
    if reference is None:
        where = content("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[image_item()])
    else:
        where = item(RelationshipType="SELECTED FROM", ReferencedContentItemIdentifier=reference)
    return content(
        "SCOORD", name, "HAS PROPERTIES", [where], GraphicType=kind, GraphicData=list(values)
    )


CENTER, OUTLINE = ("111010", "Center"), ("111041", "Outline")
LIBRARY = content(
    "CONTAINER",
    ("111028", "Image Library"),
    children=[content("IMAGE", None, ReferencedSOPSequence=[image_item(TWIN, MG_PROCESSING)])],
)


def finding(*children, kind=("129769006", "Calcification Cluster", "SCT"), intent="111150"):
    shown = coded(("111056", "Rendering Intent"), (intent, "Presentation"), "HAS CONCEPT MOD")
    name = ("111059", "Single Image Finding")
    return coded(name, kind, children=[shown, *algorithm(), *children])


def report(summary, findings=(), library=True):
    made = file_of(MAMMO_CAD, "SR")
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = [code("111036", "Mammography CAD Report")]
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "UNVERIFIED"
    made.ContentDate, made.ContentTime = "20240101", "120000"
    impressions = [
        content("CONTAINER", ("111034", "Individual Impression/Recommendation"), children=findings)
    ]
    name = ("111017", "CAD Processing and Findings Summary")
    body = coded(name, (summary, "as coded"), children=impressions if findings else ())
    detections = content(
        "CONTAINER",
        ("111063", "Successful Detections"),
        children=[
            coded(
                ("111022", "Detection Performed"),
                ("129769006", "Calcification Cluster", "SCT"),
                children=algorithm(),
            )
        ],
    )
    made.ContentSequence = [*([LIBRARY] if library else []), body, detections]
    return made


def test_findings_of_cad_with_algorithm_and_places(tmp_path):
    findings = [
        finding(scoord(CENTER, "POINT", 30.0, 40.0)),
        finding(
            scoord(CENTER, "POINT", 10.0, 10.0),
            scoord(OUTLINE, "POLYLINE", 5.0, 5.0, 15.0, 5.0, 10.0, 15.0, 5.0, 5.0),
        ),
        finding(scoord(CENTER, "POINT", 1.0, 1.0), intent="111152"),
    ]
    marks = read_marks(saved(report("111242", findings), tmp_path / "cad.dcm"))
    assert (marks.title, marks.outcome) == ("ImageSeeker 3.1", Outcome.FINDINGS)
    drawn = marks.images[IMAGE]
    assert [(m.shape, m.text) for m in drawn] == [
        ("point", "Calcification Cluster"),
        ("polyline", "Calcification Cluster"),
    ]
    assert drawn[0].points == ((30, 40),)


def test_images_named_by_reference_into_the_library(tmp_path):
    there = finding(scoord(CENTER, "POINT", 30.0, 40.0, reference=[1, 1, 1]))
    marks = read_marks(saved(report("111242", [there]), tmp_path / "cad.dcm"))
    assert [m.points for m in marks.images[TWIN]] == [((30, 40),)]


@pytest.mark.parametrize(
    ("summary", "outcome"),
    [
        ("111241", Outcome.NONE_FOUND),
        ("111243", Outcome.FAILED),
        ("111245", Outcome.FAILED),
        ("99999", Outcome.FAILED),
    ],
)
def test_none_found_is_not_failed_and_not_run(tmp_path, summary, outcome):
    marks = read_marks(saved(report(summary), tmp_path / "cad.dcm"))
    twin = Facts(file="a", rows=50, columns=80, uid=TWIN)
    other = Facts(file="b", rows=50, columns=80, uid="9.9")
    assert detection_on(twin, [marks]) is outcome
    assert detection_on(other, [marks]) is Outcome.NOT_RUN
    assert detection_on(twin, []) is Outcome.NOT_RUN


def test_an_image_looked_at_without_a_finding_beside_one_with(tmp_path):
    found = finding(scoord(CENTER, "POINT", 3.0, 4.0))
    marks = read_marks(saved(report("111242", [found]), tmp_path / "cad.dcm"))
    assert detection_on(Facts(file="a", rows=9, columns=9, uid=IMAGE), [marks]) is Outcome.FINDINGS
    twin = Facts(file="a", rows=9, columns=9, uid=TWIN)
    assert detection_on(twin, [marks]) is Outcome.NONE_FOUND


@pytest.mark.parametrize("preserved", ["YES", "NO", None])
def test_marks_of_the_twin_count_where_places_were_preserved(
    tmp_path, written, dataset, half_disc, preserved
):
    source = image_item(TWIN, MG_PROCESSING)
    if preserved:
        source.SpatialLocationsPreserved = preserved
    facts = read_facts(written(dataset(half_disc(), SourceImageSequence=[source])))
    there = finding(scoord(CENTER, "POINT", 30.0, 40.0, reference=[1, 1, 1]))
    marks = read_marks(saved(report("111242", [there]), tmp_path / "cad.dcm"))
    assert bool(marks_on(facts, [marks])) == (preserved == "YES")


def test_a_scan_tells_marks_from_files_it_cannot_use(tmp_path, written, dataset, half_disc):
    saved(report("111241"), tmp_path / "cad.dcm")
    saved(state(graphics=ALL_SHAPES), tmp_path / "ps.dcm")
    other = file_of("1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    saved(other, tmp_path / "other.dcm")
    events = list(scan([tmp_path]))
    assert {e.marks.title for e in events if isinstance(e, MarksFound)} == {
        "ImageSeeker 3.1",
        "SECOND",
    }
    (refused,) = [e for e in events if isinstance(e, Refused)]
    assert "DOC" in refused.reason


def test_damaged_marks_are_refused_in_words(tmp_path):
    wrong = state(graphics=[graphic("POLYLINE", 1, 2, 3, 4)])
    del wrong.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData
    path = saved(wrong, tmp_path / "ps.dcm")
    with pytest.raises(Unreadable, match="marks"):
        read_marks(path)


def test_a_report_of_endless_depth_is_refused_in_words(tmp_path):
    path = saved(file_of(MAMMO_CAD, "SR"), tmp_path / "deep.dcm")
    endless = bytes.fromhex("ffffffff")
    begin = b"\x40\x00\x30\xa7SQ\0\0" + endless + b"\xfe\xff\x00\xe0" + endless
    end = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    with open(path, "ab") as file:
        file.write(begin * 5000 + end * 5000)
    with pytest.raises(Unreadable, match="nests sequences more than 64 deep"):
        read_marks(path)


def test_places_are_finite_numbers(tmp_path):
    wrong = state(graphics=[graphic("POLYLINE", float("nan"), 2, 3, 4)])
    marks = read_marks(saved(wrong, tmp_path / "ps.dcm"))
    assert all(np.isfinite(p).all() for m in marks.images[IMAGE] for p in m.points)

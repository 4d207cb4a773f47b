"""Who is left out, and in which words: by header, by the user's list."""

import pytest

from app.core.mammogram import Facts, Source
from app.dicom.read import read_facts
from app.prepare import excluded_because
from app.prepare.rules import FIXED, RULES, Entry, Rules, read_list

MAGNIFICATION, SPOT, DISPLACED, CLEAVAGE = "399163009", "399055006", "399209000", "399161006"


def facts(**known):
    return Facts(**{"file": "a.dcm", "rows": 10, "columns": 8, "side": "L", "view": "CC", **known})


@pytest.mark.parametrize(
    ("elements", "rule", "words"),
    [
        ({}, "", ""),
        ({"PresentationIntentType": "FOR PROCESSING"}, "for-processing", "is For Processing"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1"}, "for-processing", "is For Processing"),
        ({"QualityControlImage": "YES"}, "quality-control", "is a quality-control image"),
        ({"view": "399260004"}, "view", "is ML, not CC or MLO"),
        ({"BreastImplantPresent": "YES"}, "implant", "shows an implant"),
        ({"modifier": DISPLACED}, "implant", "is an implant-displaced view"),
        ({"modifier": SPOT}, "spot", "is a spot view"),
        ({"modifier": MAGNIFICATION}, "magnification", "is a magnification view"),
        (
            {"EstimatedRadiographicMagnificationFactor": "1.8"},
            "magnification",
            "is magnified 1.8x",
        ),
        ({"EstimatedRadiographicMagnificationFactor": "1.09"}, "", ""),
        ({"modifier": CLEAVAGE}, "part", "is a modified view (cleavage)"),
        ({"PartialView": "YES"}, "part", "shows a part of the breast"),
        (
            {"ImageType": ["DERIVED", "PRIMARY", "TOMO", "GENERATED_2D"]},
            "tomosynthesis",
            "is computed from tomosynthesis",
        ),
        ({"LossyImageCompression": "01"}, "lossy", "was compressed with loss, by its header"),
        ({"LossyImageCompression": "00"}, "", ""),
        (
            {"BurnedInAnnotation": "YES"},
            "burned-in",
            "has burned-in annotation, by its header",
        ),
        ({"BurnedInAnnotation": "NO"}, "", ""),
    ],
)
def test_headers(tmp_path, dicom, picture, elements, rule, words):
    path = dicom(tmp_path / "a.dcm", picture(0).astype("u2") * 16, **elements)
    known = read_facts(str(path))
    reason = Rules((), ()).reason(known)
    assert reason.startswith(words)
    assert bool(reason) == bool(words)
    if rule and rule not in FIXED:
        assert Rules((rule,), ()).reason(known) == ""


def test_generated_images_are_never_trained_on():
    assert Rules((), ()).reason(facts(source=Source.SYNTHETIC)) == "is generated"
    assert excluded_because(facts(source=Source.SYNTHETIC)) == "is generated"
    assert excluded_because(facts(overlay={"burned in": "yes", "lossy": "yes"})) is None


def test_only_rules_that_are_a_matter_of_taste_can_be_switched_off():
    assert {"implant", "magnification", "spot", "lossy", "burned-in"} <= set(RULES) - FIXED
    with pytest.raises(ValueError, match=r"rule 'for-processing': .* implant, spot"):
        Rules(["for-processing"], ())


@pytest.mark.parametrize(
    ("entry", "location", "patient", "meant"),
    [
        (Entry(file="a.dcm"), "/data/one/a.dcm", "", True),
        (Entry(file="a.dcm"), "/data/one/aa.dcm", "", False),
        (Entry(file="one/a.dcm"), "/data/one/a.dcm", "", True),
        (Entry(file="two/a.dcm"), "/data/one/a.dcm", "", False),
        (Entry(file="*_SPOT_*"), "/data/one/P1_SPOT_CC.png", "", True),
        (Entry(file="b/*.dcm"), "/data/x.zip!b/1.dcm", "", True),
        (Entry(patient="P7"), "/data/one/a.dcm", "P7", True),
        (Entry(patient="P7"), "/data/one/a.dcm", "P71", False),
        (Entry(file="a.dcm", patient="P7"), "/data/one/b.dcm", "P7", False),
    ],
)
def test_the_users_list(entry, location, patient, meant):
    found = Rules((), (Entry(file="nothing-like-it"), entry)).listed_as(
        location, facts(patient=patient)
    )
    assert found == (1 if meant else None)


def test_reading_a_list(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("\ufefffile,reason,who\na.dcm,clips,me\n,empty,\n b/*.png , ,\n")
    assert read_list(path) == (Entry(file="a.dcm", reason="clips"), Entry(file="b/*.png"))
    path.write_text("patient\nP1\n")
    assert read_list(path) == (Entry(patient="P1"),)
    path.write_text("name,why\na,b\n")
    with pytest.raises(ValueError, match=r"list\.csv: has no column 'file' or 'patient'"):
        read_list(path)
    path.write_bytes(b"file\n\xff\xfe\n")
    with pytest.raises(ValueError, match="not UTF-8"):
        read_list(path)

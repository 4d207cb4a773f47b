"""From paths to exams."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.mammogram import Source
from app.dicom.read import read
from app.dicom.scan import ExamFound, Progress, Refused, exams_under, scan

LABELS = ["RCC", "LCC", "RMLO", "LMLO"]


def labels(exam):
    return [image.label for image in exam.images]


@pytest.fixture
def study(tmp_path, dataset, half_disc, coded):
    """A folder with one four-view study, a letter, and a broken file."""
    folder = tmp_path / "study"
    folder.mkdir()
    for label in ("LMLO", "RCC", "LCC", "RMLO"):
        made = dataset(
            half_disc(wall="left" if label[0] == "L" else "right"),
            StudyInstanceUID="1.2.3",
            ImageLaterality=label[0],
            ViewCodeSequence=[coded("399162004" if label.endswith("CC") else "399368009")],
            PatientOrientation=["A" if label[0] == "L" else "P", "FR"],
        )
        made.save_as(folder / f"{label}-image.dcm")
    (folder / "letter.txt").write_text("not an image")
    (folder / "zz-broken.dcm").write_bytes(b"x" * 999)
    return folder


def test_a_folder(study):
    exams, refused = exams_under([study])
    assert [labels(exam) for exam in exams] == [LABELS]
    assert [Path(r.file).name for r in refused] == ["zz-broken.dcm"]


def test_an_exam_is_told_of_before_the_scan_ends(study):
    events = list(scan([study]))
    first = next(i for i, event in enumerate(events) if isinstance(event, ExamFound))
    assert any(isinstance(event, Refused) for event in events[first:])
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert (last.done, last.total) == (5, 5)


def test_cancelling_ends_it(study):
    answers = iter([False, False, True])
    events = list(scan([study], cancelled=lambda: next(answers)))
    assert [event.done for event in events if isinstance(event, Progress)] == [1, 2]


def test_a_zip_archive_is_read_without_unpacking(study, tmp_path):
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in study.iterdir():
            packed.write(path, f"inner/{path.name}")
    before = set(tmp_path.rglob("*"))
    exams, refused = exams_under([archive])
    assert [labels(exam) for exam in exams] == [LABELS]
    assert len(refused) == 1
    mammogram = read(exams[0].images[0].file)
    np.testing.assert_array_equal(mammogram.pixels, read(str(study / "RCC-image.dcm")).pixels)
    assert set(tmp_path.rglob("*")) == before


def test_a_zip_bomb_is_refused(tmp_path):
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb.dcm", b"\0" * 50_000_000)
    _, (refused,) = exams_under([archive])
    assert "unpacks to far more" in refused.reason


@pytest.mark.parametrize("name", ["none.dcm", "none.zip"])
def test_what_is_not_there_is_said(tmp_path, name):
    exams, (refused,) = exams_under([tmp_path / name])
    assert exams == ()
    assert refused.reason == f"{name}: no such file or folder"


def test_a_damaged_archive_is_said(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    _, (refused,) = exams_under([tmp_path / "a.zip"])
    assert refused.reason == "a.zip: is not a ZIP archive that can be read"


def pictures(folder, rows):
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "patient_id", "laterality", "view", "source", "notes"])
        writer.writerows(rows)
    for name, *_ in rows:
        Image.fromarray(np.eye(40, 30, dtype=np.uint8) * 200).save(folder / name)
    return folder


def test_a_folder_with_a_manifest(tmp_path):
    folder = pictures(
        tmp_path / "set",
        [
            ("b.png", "P1", "L", "CC", "clinic", ""),
            ("a.png", "P1", "R", "MLO", "clinic", "lump"),
            ("c.png", "P2", "R", "CC", "physics-simulated", ""),
            ("d.png", "P3", "X", "CC", "", ""),
            ("e.png", "P3", "L", "CCC", "", ""),
        ],
    )
    exams, refused = exams_under([folder])
    assert {exam.title: labels(exam) for exam in exams} == {"P1": ["LCC", "RMLO"], "P2": ["RCC"]}
    assert exams[0].images[0].inferred == {}
    assert exams[1].source is Source.SYNTHETIC
    reasons = sorted(r.reason for r in refused)
    assert "laterality 'X'; R, L or nothing is allowed" in reasons[0]
    assert "view 'CCC'; allowed are" in reasons[1]


@pytest.mark.parametrize(("ids", "exams"), [("P_7_{}", 1), ("ANON_{}", 2)])
def test_patient_ids_that_name_the_view_join_studies(tmp_path, dataset, half_disc, ids, exams):
    for name in ("LEFT_CC", "LEFT_MLO"):
        made = dataset(half_disc(), PatientID=ids.format(name))
        made.save_as(tmp_path / f"{name}.dcm")
    found, _ = exams_under([tmp_path])
    assert len(found) == exams
    assert ("exam" in found[0].images[0].inferred) == (exams == 1)


def test_real_film_exams_with_a_study_for_each_image(mammogram_cases):
    exams, refused = exams_under([mammogram_cases[0].parent])
    assert refused == ()
    assert [labels(exam) for exam in exams] == [LABELS, LABELS]
    for exam in exams:
        for image in exam.images:
            assert {"exam", "side", "view"} <= set(image.inferred)


def test_everything_in_the_shared_folder_opens(shared_data):
    exams, refused = exams_under([shared_data])
    assert refused == ()
    assert sum(len(exam.images) for exam in exams) > 500
    four = [exam for exam in exams if labels(exam) == LABELS]
    assert len(four) >= 3


def test_many_files_with_long_names_share_a_request(tmp_path, dataset, half_disc):
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    for number in range(40):
        dataset(half_disc(), StudyInstanceUID="1.2.3").save_as(folder / f"{number:02}.dcm")
    (exam,), refused = exams_under([folder])
    assert len(exam.images) == 40
    assert refused == ()

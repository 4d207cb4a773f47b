"""From pictures with a manifest and DICOM to a training set, end to end."""

import csv
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.prepare import Settings, prepare
from app.prepare.rules import Entry
from gan import trainset

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, picture, folder_of, in_this_process):
    base = tmp_path_factory.mktemp("prepare")
    rows = [
        (f"{p}-{s}.png", picture(2 * p + (s == "R"), s), f"p{p}", s, "CC", "real")
        for p in range(12)
        for s in "LR"
    ]
    rows += [
        ("spot.png", picture(90), "p0", "L", "LM", "real"),
        ("made.png", picture(91), "p1", "L", "CC", "simulated phantom"),
        ("clips.png", picture(92), "p1", "L", "CC", "real"),
    ]
    source = folder_of(base / "one", rows)
    (source / "broken.png").write_bytes(b"no picture")
    Image.fromarray(np.zeros((40, 30), np.uint8)).save(source / "black-LCC.png")
    larger = Image.fromarray(picture(6)).resize((180, 320))
    again = folder_of(base / "two", [("again.png", np.asarray(larger), "q3", "L", "CC", "real")])
    told = []
    listed = (Entry(file="clips.png", reason="surgical clips"), Entry(file="nowhere.png"))
    report = prepare(
        [source, again], base / "set", Settings(rows=80, listed=listed), told=told.append
    )
    return report, trainset.open_set(base / "set"), told


def test_counts_and_reasons(prepared):
    report, data, told = prepared
    assert report.used == len(data.records) == 24
    reasons = {one.file: one.reason for one in report.left}
    assert reasons["one/spot.png"] == "is LM, not CC or MLO"
    assert reasons["one/made.png"] == "is generated"
    assert reasons["one/clips.png"] == "listed: surgical clips"
    assert reasons["one/broken.png"] == "is not a picture that can be read"
    assert reasons["one/black-LCC.png"] == "shows no breast: nearly all of it is air"
    work = [at for at in told if at.phase == "preparing"]
    assert (work[0].done, work[-1].done, work[-1].total) == (0, 30, 30)
    assert (told[-1].phase, told[-1].done, told[-1].total) == ("writing", 23, 24)
    assert report.fingerprint == data.fingerprint
    assert data.fingerprint == trainset.fingerprint(data.images(4), data.records)
    assert any("names nowhere.png" in sentence for sentence in report.cautions)


def test_one_exposure_in_two_files_is_kept_once_at_its_best(prepared):
    report, data, _ = prepared
    twins = [(one.file, one.twin) for one in report.left if one.twin]
    assert twins == [("one/3-L.png", "two/again.png")]
    records = {record.file: record for record in data.records}
    # The patient of either file is the patient of both, so that the split cannot part them.
    assert records["again.png"].patient == records["3-R.png"].patient
    assert records["again.png"].exam == records["3-R.png"].exam


def test_all_images_have_the_chest_wall_at_the_left_and_black_air(prepared):
    _, data, _ = prepared
    top = data.images(4)[:]
    assert top.shape == (24, 80, 64)
    assert top.dtype == np.uint8
    assert (top[:, 30:50, 0] > 40).all()
    assert (top[:, :, -1] == 0).all()


def test_no_patient_is_in_both_parts(prepared):
    _, data, _ = prepared
    parts = {}
    for record in data.records:
        parts.setdefault(record.patient, set()).add(record.split)
    assert all(len(found) == 1 for found in parts.values())
    assert {"train", "held-out"} == set.union(*parts.values())


def test_identifiers_do_not_enter_the_set(prepared):
    _, data, _ = prepared
    numbers = {record.patient for record in data.records}
    assert numbers == {str(n) for n in range(1, 13)}
    for file in ("set.json", "records.csv", "sources.csv", "report.html"):
        words = (data.folder / file).read_text().replace('"', ",").split(",")
        assert "p3" not in words
        assert "q3" not in words
    assert not (data.folder / "work").exists()


def test_sources_tells_where_each_image_comes_from(prepared):
    report, data, _ = prepared
    with (data.folder / "sources.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == report.used + len(report.left)
    used = {int(row["image"]): Path(row["file"]).name for row in rows if row["image"]}
    assert [used[i] for i in range(24)] == [record.file for record in data.records]


def test_depth_and_labels_of_mixed_sources(tmp_path, picture, dicom, folder_of):
    """A 12-bit file makes the set 16 bits deep; what is known of each image is in its record."""
    folder = folder_of(
        tmp_path / "src",
        [
            ("a-RCC.png", picture(1, "R"), "p1", "R", "CC", "b", "GE Healthcare", "61"),
            ("b.dcm", None, "p2", "L", "MLO", "4", "", ""),
        ],
        columns=("patient_id", "laterality", "view", "density", "vendor", "age"),
    )
    low = np.random.default_rng(0).integers(0, 16, (160, 90), dtype=np.uint16)
    deep = picture(2).astype(np.uint16) * 16 + low
    deep[picture(2) == 0] = 0
    made = {"Manufacturer": "HOLOGIC, Inc.", "PatientAge": "048Y", "PatientID": "p2"}
    dicom(folder / "b.dcm", deep, view="399368009", PatientOrientation=["A", "FR"], **made)
    prepare([folder], tmp_path / "set", Settings(rows=160))
    data = trainset.open_set(tmp_path / "set")
    assert data.images(5).dtype == np.uint16
    known = [{k: asdict(r)[k] for k in ("density", "vendor", "age", "bits")} for r in data.records]
    assert known == [
        {"density": "B", "vendor": "GE", "age": "61", "bits": "8"},
        {"density": "D", "vendor": "Hologic", "age": "48", "bits": "12"},
    ]
    # As high as the top rung, these are not resampled at all.
    np.testing.assert_array_equal(
        data.images(5)[0][:, :80], picture(1, "R")[:, ::-1][:, :80].astype(np.uint16) * 257
    )
    assert len(np.unique(data.images(5)[1])) > 256


def test_the_set_depends_on_sources_and_settings_alone(tmp_path, picture, folder_of):
    rows = [(f"{i}.png", picture(i), f"p{i}", "L", "CC", "real") for i in range(5)]
    sources = [folder_of(tmp_path / "a", rows[:3]), folder_of(tmp_path / "b", rows[3:])]
    marks = [
        prepare(sources, tmp_path / name, Settings(rows=40, held_out=share)).fingerprint
        for name, share in (("one", 0.5), ("two", 0.5), ("three", 0.0))
    ]
    assert marks[0] == marks[1] != marks[2]
    for name in ("set.json", "records.csv", "sources.csv", "rung-3-00000.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_archive_and_a_single_file_are_sources_too(tmp_path, picture, folder_of, monkeypatch):
    rows = [(f"{i}.png", picture(i), f"p{i}", "L", "CC", "real") for i in range(3)]
    folder = folder_of(tmp_path / "a", rows)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(folder / "manifest.csv", "c/manifest.csv")
        archive.write(folder / "0.png", "c/0.png")
    monkeypatch.chdir(tmp_path)
    report = prepare(["b.zip", folder / "1.png", "a"], tmp_path / "set", Settings(rows=40))
    with (tmp_path / "set" / "sources.csv").open() as file:
        shown = [(row["file"], row["twin"]) for row in csv.DictReader(file)]
    twins = [("a/0.png", "b.zip!c/0.png"), ("a/1.png", "1.png")]
    assert shown == [("b.zip!c/0.png", ""), ("1.png", ""), ("a/2.png", ""), *twins]
    assert report.used == 3


def test_stopped_while_writing_the_images_are_not_done_again(tmp_path, picture, folder_of):
    rows = [(f"{i}.png", picture(i), f"p{i}", "L", "CC", "real") for i in range(4)]
    source, settings = folder_of(tmp_path / "a", rows), Settings(rows=40)

    def stop(progress):
        if (progress.phase, progress.done) == ("writing", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([source], tmp_path / "set", settings, told=stop)
    with pytest.raises(ValueError, match=r"set\.json is missing"):
        trainset.open_set(tmp_path / "set")
    told = []
    again = prepare([source], tmp_path / "set", settings, told=told.append)
    assert told[0].before == 4
    assert again.fingerprint == prepare([source], tmp_path / "whole", settings).fingerprint


def test_nothing_usable_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no usable CC or MLO mammogram"):
        prepare([tmp_path / "empty"], tmp_path / "set")
    with pytest.raises(ValueError, match="typo: no such file or folder"):
        prepare([tmp_path / "typo"], tmp_path / "set")


@pytest.fixture
def real_sources(request, tmp_path):
    """Both folders of CDD-CESM: all known twins, and one in `request.param` of the others."""
    if not (DATA / "cdd_cesm_512").is_dir():
        pytest.skip("real mammograms are not here")
    rows = {}
    for name in ("cdd_cesm_512", "cdd_cesm_native"):
        with (DATA / name / "manifest.csv").open() as file:
            rows[name] = list(csv.DictReader(file))
    twins = {
        row["file"]: f"{row['notes'].split()[-1]}.jpg"
        for row in rows["cdd_cesm_512"]
        if "same exposure" in row["notes"]
    }
    kept = {*twins, *twins.values()}
    chosen = {}
    for name, all_rows in rows.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.csv").write_bytes((DATA / name / "manifest.csv").read_bytes())
        mine = [r for n, r in enumerate(all_rows) if r["file"] in kept or n % request.param == 0]
        for row in mine:
            (folder / row["file"]).symlink_to(DATA / name / row["file"])
        chosen[folder] = mine
    return chosen, twins


@pytest.mark.parametrize(
    "real_sources", [8, pytest.param(1, marks=pytest.mark.soak)], indirect=True
)
def test_real_mammograms(tmp_path, real_sources):
    sources, twins = real_sources
    report = prepare(list(sources), tmp_path / "set", Settings(rows=20))
    assert {one.file: one.twin for one in report.left} == {
        f"cdd_cesm_512/{file}": f"cdd_cesm_native/{twin}" for file, twin in twins.items()
    }
    assert report.used == sum(map(len, sources.values())) - len(twins)
    assert 0.08 < report.held_out / report.used < 0.22
    data = trainset.open_set(tmp_path / "set")
    # Patients under their published names: one held-out name must never be trained on.
    named = [r for r in data.records if r.file.startswith("P")]
    held = {r.file.split("_")[0] for r in named if r.split == "held-out"}
    assert held
    assert not held & {r.file.split("_")[0] for r in named if r.split == "train"}
    # What either file of an exposure says of density is known.
    density = {row["file"]: row["density"].upper() for row in next(iter(sources.values()))}
    said = {r.file: r.density for r in data.records}
    assert all(said[twin] == density[file] for file, twin in twins.items())


@pytest.mark.skipif(not (DATA / "mayo_monai").is_dir(), reason="real mammograms are not here")
def test_one_exam_in_twelve_encodings_and_letters_beside_the_breast(tmp_path):
    """The same four exposures as 16-bit PNG and as DICOM of all kinds, lossy and inverse too."""
    sources = [DATA / name for name in ("cbis_ddsm", "dicom", "mayo_monai", "msynth")]
    settings = Settings(rows=160, keep=("lossy", "burned-in"))
    report = prepare(sources, tmp_path / "set", settings)
    twins = {one.file: one.twin for one in report.left if one.twin}
    assert len(twins) == 10
    for file, twin in twins.items():
        side, view = file.split("var_")[1].split("_")[:2]
        assert twin == f"cbis_ddsm/P_00173_{side}_{view}.png"
    assert sum(one.reason == "is generated" for one in report.left) == 84
    with (tmp_path / "set" / "sources.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["image"]]
    assert trainset.open_set(tmp_path / "set").images(0).dtype == np.uint16
    lettered = [row for row in rows if "bright mark beside the breast" in row["notes"]]
    assert [row["file"] for row in lettered if "mayo_monai/" in row["file"]] == [
        row["file"] for row in rows if "mayo_monai/" in row["file"]
    ]

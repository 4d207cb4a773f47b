"""From pictures with a manifest to a training set."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.prepare import framed, prepare
from gan import trainset

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def picture(seed, side="L", rows=160, columns=90):
    """A half-disc with blobs on black, chest wall where the side has it."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    image = 90.0 * ((y - rows / 2) ** 2 / (rows * 0.45) ** 2 + x**2 / (columns * 0.9) ** 2 < 1)
    for _ in range(30):
        cy, cx = draw.uniform(40, rows - 40), draw.uniform(5, columns * 0.6)
        image += 90 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 60) * (image > 0)
    image = np.clip(image, 0, 255).astype(np.uint8)
    return image[:, ::-1] if side == "R" else image


def folder_of(path, rows):
    """Write pictures and a manifest; rows are (file, picture, patient, side, view, source)."""
    path.mkdir()
    with (path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "patient_id", "laterality", "view", "source"])
        for name, image, patient, side, view, source in rows:
            Image.fromarray(image).save(path / name)
            writer.writerow([name, patient, side, view, source])
    return path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    base = tmp_path_factory.mktemp("prepare")
    rows = [
        (f"{p}-{s}.png", picture(2 * p + (s == "R"), s), f"p{p}", s, "CC", "real")
        for p in range(12)
        for s in "LR"
    ]
    rows += [
        ("spot.png", picture(90), "p0", "L", "LM", "real"),
        ("made.png", picture(91), "p1", "L", "CC", "simulated phantom"),
    ]
    source = folder_of(base / "one", rows)
    (source / "broken.png").write_bytes(b"no picture")
    larger = Image.fromarray(picture(6)).resize((180, 320))
    again = folder_of(base / "two", [("again.png", np.asarray(larger), "q3", "L", "CC", "real")])
    told = []
    out = base / "set"
    report = prepare([source, again], out, rows=80, told=lambda *at: told.append(at))
    return report, trainset.open_set(out), told


def test_counts_and_reasons(prepared):
    report, data, told = prepared
    assert report.used == len(data.records) == 24
    reasons = dict(report.excluded)
    assert reasons["spot.png"] == "is a LM, not CC or MLO"
    assert reasons["made.png"] == "is generated"
    assert "not a picture" in reasons["broken.png"]
    assert told[-1] == (25, 25)
    assert report.fingerprint == data.fingerprint


def test_one_exposure_in_two_files_is_kept_once_at_its_best(prepared):
    report, data, _ = prepared
    assert report.duplicates == (("3-L.png", "again.png"),)
    records = {record.file: record for record in data.records}
    # The patient of either file is the patient of both, so that the split cannot part them.
    assert records["again.png"].patient == records["3-R.png"].patient


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
    text = (data.folder / "set.json").read_text()
    assert '"p3"' not in text
    assert '"q3"' not in text


def test_framing_by_hand():
    narrow = np.full((40, 10), 0.5, np.float32)
    frame = framed(narrow, 40, 32)
    np.testing.assert_allclose(frame[:, :10], 0.5, atol=1e-6)
    assert (frame[:, 10:] == 0).all()
    wide = np.full((40, 64), 0.5, np.float32)  # gets air above and below: 80 x 64, then halved
    frame = framed(wide, 40, 32)
    np.testing.assert_allclose(frame[10:30], 0.5, atol=1e-6)
    assert (frame[:10] == 0).all()
    assert (frame[30:] == 0).all()


def test_a_canvas_round_the_breast_is_cut_off():
    canvas = np.zeros((80, 80), np.float32)
    canvas[10:70, 30:50] = 0.8
    frame = framed(canvas, 80, 64)
    np.testing.assert_allclose(frame[10:70, :20], 0.8, atol=1e-6)


def test_nothing_usable_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no usable CC or MLO mammogram"):
        prepare([tmp_path / "empty"], tmp_path / "set")


@pytest.mark.skipif(not (DATA / "cdd_cesm_512").is_dir(), reason="real mammograms are not here")
def test_real_mammograms(tmp_path):
    sources = [DATA / "cdd_cesm_512", DATA / "cdd_cesm_native"]
    with (sources[0] / "manifest.csv").open() as file:
        noted = [row for row in csv.DictReader(file) if "same exposure" in row["notes"]]
    twins = {row["file"]: row["notes"].split()[-1] + ".jpg" for row in noted}
    report = prepare(sources, tmp_path / "set", rows=20)
    assert dict(report.duplicates) == twins
    assert report.used == 398 - len(twins)
    assert 0.10 < report.held_out / report.used < 0.20


def test_the_command(tmp_path):
    from typer.testing import CliRunner

    from app.__main__ import cli

    rows = [(f"{i}.png", picture(i), f"p{i}", "L", "MLO", "real") for i in range(3)]
    source = folder_of(tmp_path / "src", [*rows, ("x.png", picture(9), "p9", "L", "LM", "real")])
    command = ["prepare", str(source), "--out", str(tmp_path / "set"), "--height", "40"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.stderr
    assert "excluded x.png: is a LM" in done.stdout
    assert "3 images" in done.stdout
    again = CliRunner().invoke(cli, command)
    assert again.exit_code == 2
    assert "holds a training set already" in again.stderr
    wrong = CliRunner().invoke(cli, [*command[:-1], "50"])
    assert "5 times a power of two" in wrong.stderr

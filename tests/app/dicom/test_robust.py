"""Damaged and hostile files: each opens or is refused in one sentence, fast, in little memory.

Decoders' own lines on standard error are theirs; what matters is what is raised.
"""

import struct
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from app.dicom.codestream import stated_size
from app.dicom.location import Unreadable, name_of, split
from app.dicom.read import read, read_facts
from app.dicom.scan import exams_under


def mutants(source, count, seed):
    """Copies of source with up to eight bytes changed near the start, some cut short."""
    draw = np.random.default_rng(seed)
    for _ in range(count):
        changed = bytearray(source)
        for _ in range(draw.integers(1, 9)):
            changed[draw.integers(0, min(len(changed), 1500))] = draw.integers(0, 256)
        yield bytes(changed[: draw.integers(1, len(changed))] if draw.random() < 0.3 else changed)


def refusal(reader, location):
    """The sentence a location is refused with, empty when it opens."""
    try:
        reader(location)
    except Unreadable as error:
        return str(error)
    return ""


def assert_opens_or_refuses(location):
    for reader in (read_facts, read):
        start = time.perf_counter()
        sentence = refusal(reader, location)
        assert time.perf_counter() - start < 2
        assert sentence == "" or sentence.startswith(f"{name_of(location)}: ")
        assert "\n" not in sentence
        assert len(sentence) < 200
        assert "X1" not in sentence  # the patient


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_mutated_dicom(tmp_path, written, dataset, half_disc, syntax):
    made = dataset(half_disc(), WindowCenter=[100, 200], WindowWidth=[50, 90])
    if syntax is not None:
        made.compress(syntax)
    source = Path(written(made)).read_bytes()
    target = tmp_path / "mutant.dcm"
    for content in mutants(source, 60, seed=1):
        target.write_bytes(content)
        assert_opens_or_refuses(str(target))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_mutated_pictures(tmp_path, half_disc, name):
    Image.fromarray((half_disc() >> 4).astype(np.uint8)).save(tmp_path / name)
    source = (tmp_path / name).read_bytes()
    for content in mutants(source, 60, seed=2):
        (tmp_path / name).write_bytes(content)
        assert_opens_or_refuses(str(tmp_path / name))


def test_a_deflate_bomb_is_refused_before_it_is_inflated(tmp_path, written, dataset, half_disc):
    made = dataset(half_disc())
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = Path(written(made)).read_bytes()
    assert_opens_or_refuses(written(made))
    # The header's end by hand: elements of group 0002 are short-form explicit, but for OB.
    at = 132
    while whole[at : at + 2] == b"\x02\x00":
        long_form = whole[at + 4 : at + 6] == b"OB"
        place, size = (8, 4) if long_form else (6, 2)
        at += place + size + int.from_bytes(whole[at + place : at + place + size], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(2**24)) for _ in range(16)) + packer.flush()
    (tmp_path / "bomb.dcm").write_bytes(whole[:at] + bomb)
    start = time.perf_counter()
    with pytest.raises(Unreadable, match="unpacks to far more than it holds"):
        read_facts(str(tmp_path / "bomb.dcm"))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("syntax", "marker", "size"),
    [
        (JPEG2000Lossless, b"\xff\x4f\xff\x51", (8, ">II", (30000, 30000))),
        (JPEGLSLossless, b"\xff\xf7", (5, ">HH", (60000, 60000))),
    ],
)
def test_a_stream_stating_another_size_is_not_decoded(
    written, dataset, half_disc, syntax, marker, size
):
    made = dataset(half_disc())
    made.compress(syntax)
    stream = bytearray(made.PixelData)
    place, form, values = size
    struct.pack_into(form, stream, stream.find(marker) + place, *values)
    made["PixelData"]._value = bytes(stream)
    with pytest.raises(Unreadable, match=rf"its pixels state \({values[0]}, {values[1]}\)"):
        read(written(made))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\x00", b"\xff\x4f\xff\x51"]
)
def test_a_stream_that_ends_early_states_nothing(content):
    assert stated_size(content) is None


def test_the_size_of_a_plain_jpeg(tmp_path):
    Image.new("L", (37, 21)).save(tmp_path / "a.jpg")
    assert stated_size((tmp_path / "a.jpg").read_bytes()) == (21, 37)


@pytest.mark.parametrize("ending", ["zip", "ZIP", "Zip"])
def test_archives_are_known_by_any_spelling(tmp_path, written, dataset, half_disc, ending):
    archive = tmp_path / f"a.{ending}"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(written(dataset(half_disc())), "in/one.dcm")
    (exam,), refused = exams_under([archive])
    assert refused == ()
    assert split(exam.images[0].file) == (archive, "in/one.dcm")
    assert read(exam.images[0].file).facts.label == "LCC"


def test_a_modality_table_is_applied(written, dataset, half_disc):
    item = Dataset()
    item.LUTDescriptor, item.ModalityLUTType = [4096, 0, 12], "US"
    item.LUTData = np.arange(4095, -1, -1, dtype="<u2").tobytes()
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "OW"
    mammogram = read(written(dataset(half_disc(), ModalityLUTSequence=[item])))
    np.testing.assert_array_equal(mammogram.pixels, 4095 - half_disc())
    assert mammogram.encoding.bits == 12


def test_one_wrong_window_leaves_the_others_and_names_differ(written, dataset, half_disc):
    made = dataset(
        half_disc(),
        WindowCenter=[100, 200, 300],
        WindowWidth=[50, 0, 60],
        WindowCenterWidthExplanation=["A", "B", "A"],
    )
    vois = read(written(made)).encoding.vois
    assert [(v.name, v.center) for v in vois] == [("A", 100), ("A (2)", 300)]


def test_bright_padding_is_not_taken_for_the_breast(written, dataset, half_disc):
    pixels = half_disc(wall="right").copy()
    pixels[pixels == 0] = 4095
    nothing = {"PatientOrientation": None, "ImageLaterality": None}
    facts = read(written(dataset(pixels, PixelPaddingValue=4095, **nothing), "a.dcm")).facts
    assert facts.side == "R"


def test_no_value_of_the_header_reaches_log_or_message(caplog, written, dataset, half_disc):
    made = dataset(half_disc(), PatientName="SECRET^NAME", PatientID="SECRET")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.Modality = "SECRET NAME AND MORE THAN A CODE"
    del made.Rows
    location = written(made, "a.dcm")
    caplog.clear()
    assert refusal(read, location) == "a.dcm: holds no image (its modality is not stated)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = dataset(half_disc(), StudyInstanceUID="SECRET NAME")
    location = written(made, "b.dcm")
    caplog.clear()
    read(location)
    assert caplog.records == []

"""Sixty kinds of malformed input, each by its number, and what has to become of it.

A case yields files: bytes, a dataset, or a location. `refused` has to be in the sentence of every
one, `cautioned` in what is said on the picture; without either the picture opens as it was made.
"""

import io
import os
import struct
import threading
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from app.dicom.location import Unreadable, name_of
from app.dicom.read import read, read_facts
from app.dicom.scan import Refused, exams_under, scan

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # pydicom warns of the damage that is the point here
CASES = {}
SQ = b"SQ\0\0"
ENDLESS = b"\xff\xff\xff\xff"


def case(number, *, refused=None, cautioned=""):
    """Make a test of a function that yields files; `refused` may be empty: in any words."""

    def take(make):
        assert (number, make.__name__) not in CASES
        CASES[number, make.__name__] = make, refused, cautioned
        return make

    return take


class Lab:
    """What cases are made with."""

    def __init__(self, folder, dataset, half_disc):
        self.folder, self.dataset, self.half_disc = folder, dataset, half_disc

    def made(self, **elements):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.dataset(self.half_disc(), **elements)

    def without(self, *keywords, **elements):
        made = self.made(**elements)
        for keyword in keywords:
            delattr(made, keyword)
        return made

    def bytes_of(self, made, *, whole=False):
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.save_as(file, enforce_file_format=whole)
        return file.getvalue()

    def packed(self, syntax, **elements):
        made = self.made(**elements)
        made.compress(syntax)
        return made

    def inserted(self, element, *, before=b"\x20\x00\x0d\x00"):
        """The good file with the bytes of an element put in front of a group."""
        whole = self.bytes_of(self.made())
        at = whole.index(before, 140)
        return whole[:at] + element + whole[at:]

    def changed(self, tag, kind, value):
        """The good file with an element of a fixed length written otherwise."""
        whole = bytearray(self.bytes_of(self.made()))
        at = whole.index(tag, 140)
        whole[at + 4 : at + 6] = kind
        whole[at + 8 : at + 8 + len(value)] = value
        return bytes(whole)


@pytest.fixture
def lab(tmp_path, dataset, half_disc):
    return Lab(tmp_path, dataset, half_disc)


def explicit(group, element, kind, value):
    head = struct.pack("<HH", group, element) + kind
    long_form = kind in (b"OB", b"OW", b"SQ", b"UN", b"UT")
    return (
        head
        + (b"\0\0" + struct.pack("<I", len(value)) if long_form else struct.pack("<H", len(value)))
        + value
    )


# Files as a whole.


@case(1, refused="is empty")
def empty_file(lab):
    yield b""


@case(2, refused="is neither DICOM nor a picture")
def other_files_renamed(lab):
    yield b"just text\n" * 100
    yield b"%PDF-1.7\n" + bytes(2000)
    yield b"\xff\xd8\xff\xe0" + bytes(2000)
    yield bytes(5000)


@case(3, refused="holds no image")
def prefix_and_nothing(lab):
    yield bytes(128) + b"DICM"


@case(4, cautioned="no DICOM preamble")
def no_preamble(lab):
    yield lab.bytes_of(lab.made())[132:]


@case(5, cautioned="begins like a program")
def executable_preambles(lab):
    for magic in (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe"):
        whole = lab.bytes_of(lab.made())
        yield magic + whole[len(magic) :]


@case(6)
def tiff_preamble(lab):
    yield b"II*\0\x08\0\0\0" + lab.bytes_of(lab.made())[8:]


@case(8, refused="pixels can't be decoded")
def truncated_pixels(lab):
    whole = lab.bytes_of(lab.made())
    yield from (whole[:-2], whole[:-5000])


@case(9)
def garbage_behind(lab):
    yield lab.bytes_of(lab.made()) + bytes(range(256)) * 8


@case(10)
def wrong_meta_length(lab):
    whole = lab.bytes_of(lab.made(), whole=True)
    yield whole[:140] + struct.pack("<I", 7) + whole[144:]
    yield whole[:140] + struct.pack("<I", 2**31) + whole[144:]
    yield whole[:132] + whole[144:]


@case(11, refused="file meta information")
def illegal_meta(lab):
    whole = lab.bytes_of(lab.made(), whole=True)
    yield whole[:148] + b"\x01\x02" + whole[150:]
    yield whole[:144] + b"\x02\0\x01\0OB\0\0\xff\xff\xff\x7f" + whole[158:]


@case(12, refused="longer than the file")
def lengths_past_the_end(lab):
    for length in (0xFFFFFFFE, 2**30):
        yield lab.inserted(struct.pack("<HH", 0x18, 0x9999) + b"UN\0\0" + struct.pack("<I", length))


@case(13)
def odd_lengths(lab):
    yield lab.inserted(explicit(0x18, 0x1030, b"LO", b"odd"))


@case(14, refused="does not say how long it is")
def undefined_length_of_a_text(lab):
    yield lab.inserted(struct.pack("<HH", 0x18, 0x9999) + b"UT\0\0" + ENDLESS)


@case(15, refused="")
def missing_delimiters(lab):
    begin = struct.pack("<HH", 0x18, 0x9999) + SQ + ENDLESS + b"\xfe\xff\0\xe0" + ENDLESS
    yield lab.inserted(begin)
    yield lab.inserted(begin + b"\xfe\xff\x0d\xe0\0\0\0\0")


def nested(depth, *, defined):
    if not defined:
        begin = struct.pack("<HH", 0x18, 0x9999) + SQ + ENDLESS + b"\xfe\xff\0\xe0" + ENDLESS
        return (
            begin * depth
            + (b"\xfe\xff\x0d\xe0" + bytes(4) + b"\xfe\xff\xdd\xe0" + bytes(4)) * depth
        )
    parts = []
    for level in range(depth):
        inner = 20 * (depth - level - 1)
        parts.append(struct.pack("<HH", 0x18, 0x9999) + SQ + struct.pack("<I", inner + 8))
        parts.append(b"\xfe\xff\0\xe0" + struct.pack("<I", inner))
    return b"".join(parts)


@case(16, refused="nests sequences more than 64 deep")
def nested_sequences(lab):
    for depth in (65, 300, 20_000, 200_000):
        yield lab.inserted(nested(depth, defined=False))
        if depth < 200_000:
            yield lab.inserted(nested(depth, defined=True))


@case(16)
def sequences_as_deep_as_allowed(lab):
    yield lab.inserted(nested(60, defined=False))
    yield lab.inserted(nested(60, defined=True))


@case(17, refused="more elements than any image has")
def a_million_elements(lab):
    yield lab.inserted(explicit(0x19, 0x1010, b"SH", b"") * 1_000_000)


@case(18, refused="larger than 1 GiB")
def a_text_of_two_gigabytes(lab):
    path = lab.folder / "sparse.dcm"
    whole = lab.bytes_of(lab.made())
    path.write_bytes(whole[:400] + struct.pack("<HH", 0x18, 0x9999) + b"UT\0\0\0\0\0\x7f")
    os.truncate(path, 2**31)
    yield str(path)


@case(18, refused="longer than any is")
def a_text_of_half_a_gigabyte(lab):
    path = lab.folder / "sparse.dcm"
    whole = lab.bytes_of(lab.made())
    at = whole.index(b"\x20\0\x20\0", 400)
    path.write_bytes(whole[:at] + struct.pack("<HH", 0x18, 0x9999) + b"UT\0\0\0\0\0\x20")
    os.truncate(path, 2**29 + 10_000)
    yield str(path)


@case(19, cautioned="an element twice or out of order")
def repeated_and_unsorted(lab):
    yield lab.inserted(explicit(0x08, 0x0060, b"CS", b"MG"))


@case(20, refused="")
def implicit_labelled_explicit(lab):
    made = lab.made()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = io.BytesIO()
        made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
        made.save_as(file, implicit_vr=True, little_endian=True)
    yield (
        file.getvalue()
        .replace(b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.1\0", 1)
        .replace(b"UI\x12\01.2.840.10008.1.2.1\0", b"UI\x14\01.2.840.10008.1.2.1\0", 1)
    )


@case(21)
def private_elements(lab):
    yield lab.inserted(
        explicit(0x19, 0x1010, b"LO", b"no creator ") + explicit(0x19, 0x1011, b"UN", bytes(2**20))
    )
    yield lab.inserted(explicit(0x19, 0x1010, b"UN", nested(3, defined=True)))


@case(22)
def character_sets(lab):
    for name in (b"ISO_IR 999", b"ISO 2022 IR 87", b"nonsense"):
        value = name + b" " * (len(name) % 2)
        whole = lab.bytes_of(lab.made(PatientName="X"))
        at = whole.index(b"\x08\0\x16\0", 140)
        yield whole[:at] + explicit(8, 5, b"CS", value) + whole[at:].replace(b"X ", b"\x1b\xff")


@case(24)
def identifiers_that_are_paths(lab):
    for uid in ("../../x", "C:\\x", "1.2\0.3", "1" * 10_000, "01.002"):
        yield lab.made(SOPInstanceUID=uid, StudyInstanceUID=uid, SeriesInstanceUID=uid)


@case(28, refused="can't be read")
def a_vanished_file(lab):
    yield str(lab.folder / "gone.dcm")


@case(29)
def odd_names(lab):
    for name in ("\U0001f600.dcm", "a" * 240 + ".dcm", "semi;colon & 'quote'.dcm", "new\nline.dcm"):
        path = lab.folder / name
        path.write_bytes(lab.bytes_of(lab.made()))
        path.chmod(0o400)
        yield str(path)


@case(30, refused="holds no image")
def other_objects(lab):
    for modality in ("SR", "DOC", "RTPLAN", "MR"):
        yield lab.without("Rows", "Columns", "PixelData", Modality=modality)


# What the pixels are said to be.


@case(31, refused="bits stored in")
def bits_allocated(lab):
    for bits in (0, 7, 24, 64):
        yield lab.made(BitsAllocated=bits)


@case(32, refused="whether values are signed")
def pixel_representation_2(lab):
    yield lab.made(PixelRepresentation=2)


@case(32, cautioned="does not say whether values are signed")
def pixel_representation_missing(lab):
    yield lab.without("PixelRepresentation")


@case(33, cautioned="differ on whether values are signed; the header rules")
def signed_header_unsigned_stream(lab):
    made = lab.packed(JPEG2000Lossless)
    made.PixelRepresentation = 1
    yield made


@case(34, cautioned="bits above those stored")
def bits_above_those_stored(lab):
    made = lab.made()
    values = lab.half_disc().copy()
    values[10:20, 10:20] |= 0x8000
    made.PixelData = values.tobytes()
    yield made


@case(35, refused="")
def samples_per_pixel(lab):
    for samples in (2, 3, 255):
        yield lab.made(SamplesPerPixel=samples)


@case(36, refused="MONOCHROME1 or 2 is read")
def photometric(lab):
    yield lab.made(PhotometricInterpretation="JUNK")
    yield lab.made(PhotometricInterpretation="")
    yield lab.without("PhotometricInterpretation")


@case(37, cautioned="polarity stated twice")
def polarity_conflicts(lab):
    yield lab.made(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="IDENTITY")
    yield lab.made(PhotometricInterpretation="MONOCHROME2", PresentationLUTShape="INVERSE")


@case(38, refused="PALETTE COLOR")
def palettes(lab):
    yield lab.made(PhotometricInterpretation="PALETTE COLOR")


@case(39, cautioned="a window of the file is none")
def windows(lab):
    for width in (0, -1, "1E308", "NaN", "abc"):
        made = lab.made(WindowCenter=100, WindowWidth="7")
        yield lab.bytes_of(made).replace(b"\x51\x10DS\x02\x007 ", b"\x51\x10DS" + _text(width))


def _text(value):
    data = str(value).encode()
    data += b" " * (len(data) % 2)
    return struct.pack("<H", len(data)) + data


@case(39)
def a_hundred_windows(lab):
    yield lab.made(WindowCenter=list(range(1, 101)), WindowWidth=[9] * 100)


@case(40, cautioned="rescale of the file is impossible")
def rescales(lab):
    for slope in ("0", "NaN", "1E30", "-1E-9"):
        made = lab.made(RescaleSlope="7", RescaleIntercept=0)
        yield lab.bytes_of(made).replace(b"\x53\x10DS\x02\x007 ", b"\x53\x10DS" + _text(slope))


@case(40, refused="Modality LUT")
def an_empty_modality_table(lab):
    item = Dataset()
    item.LUTDescriptor, item.ModalityLUTType = [4096, 0, 12], "US"
    item["LUTDescriptor"].VR = "US"
    yield lab.made(ModalityLUTSequence=[item])


@case(41, cautioned="not used for lengths")
def spacings(lab):
    for value in ([0, 0], [-1, 1], [1e9, 1e9], [0.1]):
        yield lab.made(ImagerPixelSpacing=value)


@case(42, cautioned="side stated twice")
def contradictory_sides(lab):
    yield lab.made(ImageLaterality="L", Laterality="R")


@case(43)
def offset_tables(lab):
    made = lab.packed(JPEGLSLossless)
    stream = made.PixelData
    frame = stream[stream.index(b"\xff\xd8") :].rsplit(b"\xfe\xff\xdd\xe0", 1)[0]
    for table in (b"", struct.pack("<I", 7), struct.pack("<2I", 9, 3), struct.pack("<I", 2**31)):
        head = b"\xfe\xff\0\xe0" + struct.pack("<I", len(table)) + table
        made.PixelData = head + b"\xfe\xff\0\xe0" + struct.pack("<I", len(frame)) + frame
        made["PixelData"].is_undefined_length = True
        yield made


@case(44, refused="")
def fragments(lab):
    made = lab.packed(JPEGLSLossless)
    made.PixelData = b"\xfe\xff\0\xe0" + bytes(4) + b"\xfe\xff\0\xe0" + bytes(4)
    made["PixelData"].is_undefined_length = True
    yield made


@case(45, refused="its pixels state")
def streams_of_another_size(lab):
    for syntax, marker, place, form, size in (
        (JPEG2000Lossless, b"\xff\x4f\xff\x51", 8, ">II", (60_000, 60_000)),
        (JPEG2000Lossless, b"\xff\x4f\xff\x51", 8, ">II", (71, 96)),
        (JPEGLSLossless, b"\xff\xf7", 5, ">HH", (60_000, 60_000)),
    ):
        made = lab.packed(syntax)
        stream = bytearray(made.PixelData)
        struct.pack_into(form, stream, stream.find(marker) + place, *size)
        made["PixelData"]._value = bytes(stream)
        yield made


@case(45, refused="")
def a_small_stream_and_a_header_that_agree_on_a_huge_size(lab):
    made = lab.packed(JPEG2000Lossless)
    stream = bytearray(made.PixelData)
    at = stream.find(b"\xff\x4f\xff\x51")
    struct.pack_into(">II", stream, at + 8, 16_000, 16_000)
    struct.pack_into(">II", stream, at + 24, 16_000, 16_000)
    made["PixelData"]._value = bytes(stream)
    made.Rows = made.Columns = 16_000
    yield made


@case(46, refused="")
def half_a_stream(lab):
    for syntax in (JPEG2000Lossless, JPEGLSLossless, RLELossless):
        made = lab.packed(syntax)
        frame = made.PixelData
        begin = frame.index(b"\xfe\xff\0\xe0", 4) + 8
        made.PixelData = encapsulate([frame[begin : begin + (len(frame) - begin) // 2]])
        made["PixelData"].is_undefined_length = True
        yield made


@case(47, cautioned="its pixels have 8 bits, by the header 12")
def precision_of_another_kind(lab):
    grey = (lab.half_disc() >> 4).astype(np.uint8)
    made = lab.dataset(grey, bits=8)
    made.compress(JPEGLSLossless)
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    yield made


@case(48, refused="")
def run_length_headers(lab):
    for segments, offsets in ((0, ()), (16, (64,) * 15), (2, (64, 2**31))):
        made = lab.packed(RLELossless)
        made.PixelData = encapsulate(
            [struct.pack("<16I", segments, *offsets, *(0,) * (15 - len(offsets))) + bytes(200)]
        )
        made["PixelData"].is_undefined_length = True
        yield made


@case(49, refused="unpacks to far more than it holds")
def a_deflate_bomb(lab):
    made = lab.made()
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = lab.bytes_of(made, whole=True)
    at = 144 + struct.unpack("<I", whole[140:144])[0]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(2**24)) for _ in range(16)) + packer.flush()
    yield whole[:at] + bomb


@case(50, refused="")
def unknown_syntaxes(lab):
    whole = lab.bytes_of(lab.made())
    for syntax in (b"1.2.840.10008.1.2.4.9", b"1.2.3.4.5", b"junk"):  # JPIP is 4.94
        yield whole.replace(b"1.2.840.10008.1.2.1\0", syntax.ljust(20, b"\0"), 1)
    made = lab.packed(JPEGLSLossless)
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"  # MPEG-4
    yield made


@case(51, refused="frames")
def numbers_of_frames(lab):
    for value in ("-1", "2147483647", "abc", "2"):
        made = lab.made(NumberOfFrames="7")
        yield lab.bytes_of(made).replace(b"\x08\0IS\x02\x007 ", b"\x08\0IS" + _text(value))


@case(51, cautioned="states no frames")
def no_frames(lab):
    yield lab.made(NumberOfFrames=0)


@case(52, refused="10000 frames")
def many_frames(lab):
    yield lab.made(NumberOfFrames=10_000)


@case(53, refused="more than any mammogram has")
def as_large_as_can_be_said(lab):
    yield lab.made(Rows=65535, Columns=65535)


@case(54, refused="")
def rows_of_another_kind(lab):
    yield lab.changed(b"\x28\0\x10\0", b"UL", b"")
    made = lab.made()
    made.Rows = [96, 96]
    yield made
    made = lab.made()
    made.Rows = None
    yield made


@case(55, refused="")
def no_rows(lab):
    yield lab.made(Rows=0)
    yield lab.made(Columns=0)
    yield lab.made(Rows=0, Columns=0)


@case(56, refused="20 bits stored in 16")
def more_bits_than_there_are(lab):
    yield lab.made(BitsStored=20, HighBit=19)


@case(57, cautioned="high bit 15 for 12 bits stored")
def the_high_bit_elsewhere(lab):
    made = lab.made(HighBit=15)
    made.PixelData = (lab.half_disc() << 4).astype(np.uint16).tobytes()
    yield made


@case(58, cautioned="no contrast")
def no_contrast(lab):
    for level in (0, 7, 4095):
        yield lab.dataset(np.full((96, 72), level, np.uint16))


@case(59, refused="holds no pixels")
def float_pixels(lab):
    for value in (np.nan, np.inf):
        made = lab.without("PixelData")
        made.FloatPixelData = np.full((96, 72), value, np.float32).tobytes()
        yield made


def outcome(location):
    """What becomes of a location: the picture or None, and what is said."""
    start = time.perf_counter()
    try:
        found = read(location)
    except Unreadable as error:
        found, said = None, str(error)
        assert said.startswith(f"{name_of(location)}: ") or "\n" in location
        assert len(said) < 400
    else:
        said = "; ".join(found.facts.cautions)
    assert time.perf_counter() - start < 8  # quiet: below 2; the fuzzer's numbers say it
    return found, said


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory):
    """Start the processes before the clock runs."""
    with pytest.raises(Unreadable):
        read(str(tmp_path_factory.mktemp("none") / "none.dcm"))


@pytest.mark.parametrize(("number", "name"), CASES)
def test_case(number, name, lab):
    make, refused, cautioned = CASES[number, name]
    for index, made in enumerate(make(lab)):
        location = made
        if not isinstance(made, str):
            path = lab.folder / f"{number}-{index}.dcm"
            path.write_bytes(made if isinstance(made, bytes) else lab.bytes_of(made))
            location = str(path)
        found, said = outcome(location)
        if refused is None:
            assert found is not None, said
            assert cautioned in said
            if number not in (33, 40, 47, 58):
                np.testing.assert_array_equal(found.pixels, lab.half_disc())
            assert bool(said) is bool(cautioned), said
        else:
            assert found is None, said
            assert refused in said


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_case_7_truncated_anywhere(lab, syntax):
    """A truncated file is refused, says so, or has lost nothing of its pixels."""
    whole = lab.bytes_of(lab.made() if syntax is None else lab.packed(syntax))
    path = lab.folder / "cut.dcm"
    for end in range(64, len(whole), 64 if syntax else 256):
        path.write_bytes(whole[:end])
        found, said = outcome(str(path))
        if found is not None and not said:
            np.testing.assert_array_equal(found.pixels, lab.half_disc())


def test_case_23_names_are_shown_as_plain_text(lab):
    made = lab.made(
        Manufacturer="a\x1b[31m\u202eevil\0<img src=x>\nb", SpecificCharacterSet="ISO_IR 192"
    )
    path = lab.folder / "a.dcm"
    path.write_bytes(lab.bytes_of(made))
    maker = read(str(path)).facts.overlay["maker"]
    assert maker.isprintable()
    assert "<img src=x>" in maker  # as it is: labels show plain text


def test_case_25_a_dicomdir_is_not_followed(lab):
    inside = lab.folder / "media"
    inside.mkdir()
    made = lab.without("Rows", "Columns", "PixelData")
    record = Dataset()
    record.ReferencedFileID = ["..", "..", "etc", "passwd"]
    record.OffsetOfTheNextDirectoryRecord = 0
    made.DirectoryRecordSequence = [record]
    (inside / "DICOMDIR").write_bytes(lab.bytes_of(made))
    assert list(scan([inside])) == []


def test_case_26_folders_with_loops_pipes_and_closed_doors(lab):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes in folders")
    (lab.folder / "loop").symlink_to(lab.folder, target_is_directory=True)
    os.mkfifo(lab.folder / "pipe.dcm")
    (lab.folder / "zero.dcm").symlink_to("/dev/zero")
    (lab.folder / "good.dcm").write_bytes(lab.bytes_of(lab.made()))
    exams, refused = exams_under([lab.folder])
    assert [len(exam.images) for exam in exams] == [1]
    assert refused == ()
    for name in ("pipe.dcm", "zero.dcm"):
        found, said = outcome(str(lab.folder / name))
        assert found is None
        assert "is not a file" in said
        (event,) = scan([lab.folder / name])
        assert isinstance(event, Refused)


@pytest.mark.parametrize("kind", ["bomb", "forged", "up", "nested", "encrypted"])
def test_case_27_archives(lab, kind):
    path = lab.folder / "a.zip"
    good = lab.bytes_of(lab.made())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "bomb":
            archive.writestr("a.dcm", bytes(2**28))
        elif kind == "nested":
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as packed:
                packed.writestr("a.dcm", good)
            archive.writestr("a.zip", inner.getvalue())
        else:
            archive.writestr("../../../up.dcm" if kind == "up" else "a.dcm", good)
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"PK\x01\x02")
    if kind == "forged":
        whole[at + 24 : at + 28] = struct.pack("<I", 2**31)
    elif kind == "encrypted":
        whole[at + 8] |= 1
        whole[6] |= 1
    path.write_bytes(whole)
    before = set(lab.folder.parent.rglob("*"))
    exams, refused = exams_under([path])
    assert set(lab.folder.parent.rglob("*")) == before
    if kind == "up":  # a name is only a name: it is read, and written nowhere
        assert read(exams[0].images[0].file).facts.label == "LCC"
    else:
        assert exams == ()
        assert len(refused) == 1


def test_case_28_a_file_that_changes_while_it_is_read(lab, monkeypatch):
    from app.dicom import direct

    path = lab.folder / "a.dcm"
    path.write_bytes(lab.bytes_of(lab.made()))
    parse = direct.pydicom.dcmread

    def slow(*given, **named):
        found = parse(*given, **named)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(direct.pydicom, "dcmread", slow)
    with pytest.raises(Unreadable, match="changed while it was being read; open it again"):
        direct.read(str(path))


def test_case_42_a_side_that_is_not_stated_is_marked(lab):
    path = lab.folder / "a.dcm"
    path.write_bytes(
        lab.bytes_of(lab.without("ImageLaterality", "ViewCodeSequence", "PatientOrientation"))
    )
    assert read_facts(str(path)).label == "??"
    facts = read(str(path)).facts
    assert facts.inferred["side"].startswith("from the chest wall")
    assert facts.view is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (1, 65535), (65535, 1)])
def test_case_55_as_small_or_narrow_as_can_be(lab, shape):
    path = lab.folder / "a.dcm"
    pixels = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(shape) & 4095
    path.write_bytes(lab.bytes_of(lab.dataset(pixels)))
    found, said = outcome(str(path))
    if max(shape) < 100:
        np.testing.assert_array_equal(found.pixels, pixels)
    else:
        assert "which no mammogram is" in said


def test_case_60_an_export_of_ours_comes_back_as_synthetic(lab):
    from app.core.mammogram import Source

    path = lab.folder / "a.dcm"
    path.write_bytes(lab.bytes_of(lab.made(SyntheticData="YES")))
    assert read(str(path)).facts.source is Source.SYNTHETIC


def test_every_case_has_a_test():
    own = {7, 23, 25, 26, 27, 28, 42, 55, 60}
    assert {number for number, _ in CASES} | own == set(range(1, 61))


def test_threads_may_open_hostile_and_good_files_at_once(lab):
    good, bad = lab.folder / "good.dcm", lab.folder / "bad.dcm"
    good.write_bytes(lab.bytes_of(lab.made()))
    bad.write_bytes(good.read_bytes()[:900])
    seen = []

    def work(path):
        for _ in range(5):
            seen.append((path.name, outcome(str(path))[0] is not None))  # noqa: PERF401 (one that hangs must not lose the rest)

    threads = [threading.Thread(target=work, args=(Path(p),)) for p in (good, bad, good, bad)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {("good.dcm", True), ("bad.dcm", False)}

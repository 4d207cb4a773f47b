"""From files to mammograms: facts, their fall-backs, pixels, encodings, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from app.core.display import Curve, VoiTable, display_table
from app.core.geometry import Transform
from app.core.hanging import hang_transform
from app.core.mammogram import Source, SpacingBasis
from app.dicom.info import info
from app.dicom.location import Unreadable
from app.dicom.read import read, read_facts

NOTHING = {"ImageLaterality": None, "ViewCodeSequence": None, "PatientOrientation": None}


# Facts.


def test_codes_are_taken_as_stated(written, dataset, half_disc):
    facts = read_facts(written(dataset(half_disc())))
    assert (facts.side, facts.view, facts.orientation) == ("L", "CC", ("A", "R"))
    assert facts.inferred == {}
    assert facts.source is Source.REAL


def test_old_codes_and_modifiers(written, dataset, half_disc, coded):
    view = coded("R-10226", "SRT")
    view.ViewModifierCodeSequence = [coded("399055006"), coded("R-102D5", "SRT")]
    facts = read_facts(written(dataset(half_disc(), ViewCodeSequence=[view])))
    assert facts.view == "MLO"
    assert facts.modifiers == {"spot", "implant_displaced"}


@pytest.mark.parametrize(
    ("elements", "name", "side", "view", "words"),
    [
        ({"ViewPosition": "MLO", "Laterality": "R"}, "a.dcm", "R", "MLO", "View Position"),
        ({"PatientOrientation": "CC", "Laterality": "L"}, "a.dcm", "L", "CC", "Patient Orient"),
        ({"SeriesDescription": "R MLO"}, "a.dcm", "R", "MLO", "Series Description"),
        ({"PatientID": "P_1_LEFT_CC"}, "a.dcm", "L", "CC", "Patient ID"),
        ({}, "P1_R_MLO.dcm", "R", "MLO", "the file name"),
    ],
)
def test_fall_backs_say_where_they_found_it(
    written, dataset, half_disc, elements, name, side, view, words
):
    facts = read_facts(written(dataset(half_disc(), **{**NOTHING, **elements}), name))
    assert (facts.side, facts.view) == (side, view)
    assert words in facts.inferred["view"]
    assert "side" in facts.inferred


@pytest.mark.parametrize(("wall", "side"), [("left", "L"), ("right", "R")])
def test_without_any_word_the_chest_wall_tells_the_side(written, dataset, half_disc, wall, side):
    mammogram = read(written(dataset(half_disc(wall=wall), **NOTHING), "a.dcm"))
    assert mammogram.facts.side == side
    assert mammogram.facts.view is None
    assert f"at the {wall}" in mammogram.facts.inferred["side"]


@pytest.mark.parametrize(
    ("wall", "transform"), [("left", Transform.IDENTITY), ("right", Transform.FLIP_HORIZONTAL)]
)
def test_orientation_from_the_pixels_flips_left_right_only(
    written, dataset, half_disc, wall, transform
):
    made = dataset(half_disc(wall=wall), PatientOrientation=None)
    facts = read(written(made)).facts
    assert hang_transform(facts)[0] is transform
    assert f"at the {wall}" in facts.inferred["orientation"]


def test_an_orientation_that_contradicts_the_pixels_is_kept_with_a_caution(
    written, dataset, half_disc
):
    facts = read(written(dataset(half_disc(wall="right")))).facts
    assert facts.orientation == ("A", "R")
    assert any("contradicts the pixels" in said for said in facts.cautions)


@pytest.mark.parametrize(
    ("elements", "spacing", "basis"),
    [
        ({"ImagerPixelSpacing": [0.1, 0.1]}, 0.1, SpacingBasis.DETECTOR),
        (
            {
                "ImagerPixelSpacing": [0.5, 0.5],
                "PixelSpacing": [0.25, 0.25],
                "EstimatedRadiographicMagnificationFactor": 1.5,
            },
            1 / 3,
            SpacingBasis.MAGNIFICATION,
        ),
        (
            {"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"},
            0.2,
            SpacingBasis.CALIBRATED,
        ),
        ({"PixelSpacing": [0.2, 0.2]}, 0.2, SpacingBasis.DECLARED),
        ({"NominalScannedPixelSpacing": [0.05, 0.05]}, 0.05, SpacingBasis.DECLARED),
        ({"ImagerPixelSpacing": [0, -1]}, None, SpacingBasis.NONE),
        ({}, None, SpacingBasis.NONE),
    ],
)
def test_spacing_and_its_basis(written, dataset, half_disc, elements, spacing, basis):
    facts = read_facts(written(dataset(half_disc(), **elements)))
    assert facts.spacing_basis is basis
    assert facts.spacing_mm == (spacing and pytest.approx((spacing, spacing)))


def test_flags_for_the_overlay(written, dataset, half_disc):
    made = dataset(
        half_disc(),
        PresentationIntentType="FOR PROCESSING",
        BreastImplantPresent="YES",
        LossyImageCompression="01",
        LossyImageCompressionRatio=["8.5"],
        KVP=28,
        SyntheticData="YES",
    )
    facts = read_facts(written(made))
    assert facts.source is Source.SYNTHETIC
    assert facts.overlay["for processing"] == facts.overlay["implant"] == "yes"
    assert facts.overlay["lossy"] == "compressed 8.5:1"
    assert facts.overlay["kVp"] == "28 kV"


# Pixels.


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
        JPEGLSLossless,
    ],
)
def test_transfer_syntaxes_are_bit_exact(written, dataset, syntax):
    pixels = np.random.default_rng(0).integers(0, 4096, (64, 80), dtype=np.uint16)
    made = dataset(pixels)
    if syntax.is_compressed and syntax is not DeflatedExplicitVRLittleEndian:
        made.compress(syntax)
    else:
        made.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(read(written(made)).pixels, pixels)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_signed_values_are_shifted_and_rescale_to_what_was_stored(written, dataset, bits):
    half = 1 << (bits - 1)
    values = np.linspace(-half, half - 1, 1200).round().astype(np.int16).reshape(40, 30)
    made = dataset(values, bits=bits, signed=True, RescaleSlope=2, RescaleIntercept=10)
    mammogram = read(written(made))
    np.testing.assert_array_equal(mammogram.pixels.astype(int) + mammogram.encoding.offset, values)
    rescaled = mammogram.encoding.rescale(mammogram.pixels)
    np.testing.assert_array_equal(rescaled, values.astype(float) * 2 + 10)


def test_stray_bits_above_bits_stored_are_masked(written, dataset):
    pixels = np.arange(1200, dtype=np.uint16).reshape(40, 30)
    mammogram = read(written(dataset(pixels | 0xA000)))
    np.testing.assert_array_equal(mammogram.pixels, pixels)


def test_high_bit_may_be_above_bits_stored(written, dataset):
    pixels = np.arange(1200, dtype=np.uint16).reshape(40, 30)
    made = dataset(pixels << 4)
    made.HighBit = 15
    np.testing.assert_array_equal(read(written(made)).pixels, pixels)


def test_eight_bits(written, dataset):
    pixels = np.arange(200, dtype=np.uint8).reshape(10, 20)
    np.testing.assert_array_equal(read(written(dataset(pixels, bits=8))).pixels, pixels)


def test_pixels_are_read_only(written, dataset, half_disc):
    with pytest.raises(ValueError, match="read-only"):
        read(written(dataset(half_disc()))).pixels[0, 0] = 1


# Encoding.


def lut(first, bits, data, name):
    item = Dataset()
    item.LUTDescriptor = [len(data), first, bits]
    item.LUTData = np.asarray(data, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    item.LUTExplanation = name
    return item


def test_every_window_and_table_is_offered_by_its_explanation(written, dataset, half_disc):
    made = dataset(
        half_disc(),
        WindowCenter=[2000, 1500],
        WindowWidth=[3000, 800],
        WindowCenterWidthExplanation=["NORMAL", "HARD"],
        VOILUTFunction="SIGMOID",
        VOILUTSequence=[lut(0, 8, range(256), "SOFT")],
    )
    first, second, table = read(written(made)).encoding.vois
    assert (first.name, first.center, first.width, first.curve) == (
        "NORMAL",
        2000,
        3000,
        Curve.SIGMOID,
    )
    assert second.name == "HARD"
    assert isinstance(table, VoiTable)
    assert (table.name, table.first, table.bits, table.data.size) == ("SOFT", 0, 8, 256)


def test_padding_is_black_in_any_window_and_inverted(written, dataset, half_disc):
    pixels = half_disc()
    pixels[pixels == 0] = 37
    made = dataset(
        pixels, PixelPaddingValue=30, PixelPaddingRangeLimit=40, WindowCenter=0, WindowWidth=10
    )
    mammogram = read(written(made))
    assert mammogram.encoding.air == (30, 40)
    assert "air" not in mammogram.facts.inferred
    for invert in (False, True):
        table = display_table(mammogram.encoding, mammogram.encoding.vois[0], invert=invert)
        assert (table[30:41] == 0).all()
        assert table[29] == (0 if invert else 255)


def test_constant_air_is_found_in_the_pixels_of_either_polarity(written, dataset, half_disc):
    pixels = half_disc()
    plain = read(written(dataset(pixels))).encoding
    turned = dataset(4095 - pixels, PhotometricInterpretation="MONOCHROME1")
    inverse = read(written(turned)).encoding
    assert plain.air == (0, 0)
    assert inverse.inverse
    assert inverse.air == (4095, 4095)


@pytest.mark.parametrize(
    ("polarity", "shape", "inverse"),
    [
        ("MONOCHROME1", None, True),
        ("MONOCHROME2", None, False),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
    ],
)
def test_polarity(written, dataset, half_disc, polarity, shape, inverse):
    made = dataset(half_disc(), PhotometricInterpretation=polarity, PresentationLUTShape=shape)
    assert read(written(made)).encoding.inverse is inverse


def test_a_window_that_is_none_is_not_offered(written, dataset, half_disc):
    made = dataset(half_disc(), WindowCenter=100, WindowWidth=0)
    assert read(written(made)).encoding.vois == ()


def test_info_is_json_ready(written, dataset, half_disc):
    import json

    found = json.loads(
        json.dumps(info(written(dataset(half_disc(), WindowCenter=9, WindowWidth=7))))
    )
    assert found["label"] == "LCC"
    assert found["windows"] == [{"name": "window 1", "center": 9, "width": 7, "curve": "linear"}]
    assert found["transfer_syntax"] == "Explicit VR Little Endian"


# Refusals.


def broken(dataset, half_disc):
    """Name, dataset, words of the sentence."""
    few = dataset(half_disc())
    few.PixelData = few.PixelData[:1000]
    none = dataset(half_disc())
    del none.PixelData
    no_rows = dataset(half_disc())
    del no_rows.Rows
    zero = dataset(half_disc())
    zero.Rows = 0
    many = dataset(half_disc())
    many.NumberOfFrames = 3
    colour = dataset(half_disc())
    colour.SamplesPerPixel, colour.PhotometricInterpretation = 3, "RGB"
    deep = dataset(half_disc())
    deep.BitsAllocated, deep.BitsStored = 32, 32
    shallow = dataset(half_disc())
    shallow.BitsStored = 4
    palette = dataset(half_disc())
    palette.PhotometricInterpretation = "PALETTE COLOR"
    huge = dataset(half_disc())
    huge.Rows, huge.Columns = 60000, 60000
    lying = dataset(half_disc())
    lying.compress(RLELossless)
    lying.Rows = 95
    words = dataset(half_disc())
    words.Modality = "SR"
    del words.Rows, words.Columns, words.PixelData
    return [
        (few, "can't be decoded"),
        (none, "holds no pixels"),
        (no_rows, "holds no image"),
        (zero, "holds no image"),
        (many, "holds 3 frames"),
        (colour, "can't be decoded|in colour"),
        (deep, "32 bits stored in 32"),
        (shallow, "4 bits stored"),
        (palette, "is PALETTE COLOR"),
        (huge, "more than any mammogram"),
        (lying, "can't be decoded|decodes to"),
        (words, "holds no image .its modality is SR"),
    ]


@pytest.mark.parametrize("number", range(12))
def test_what_cannot_be_shown_is_one_plain_sentence(written, dataset, half_disc, number):
    made, words = broken(dataset, half_disc)[number]
    location = written(made, f"bad-{number}.dcm")
    with pytest.raises(Unreadable, match=words) as caught:
        read(location)
    text = str(caught.value)
    assert text.startswith(f"bad-{number}.dcm: ")
    assert "\n" not in text
    assert "X1" not in text  # no patient in messages


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.dcm", b"", "is empty"),
        ("text.dcm", b"hello, I am a letter to the radiologist" * 20, "neither DICOM nor"),
        ("start.dcm", b"\0" * 128 + b"DICM" + b"\xff" * 50, "holds no image|damaged"),
        ("half.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a picture"),
        ("text.png", b"hello", "not a picture"),
    ],
)
def test_files_that_are_no_images(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read(str(tmp_path / name))


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(Unreadable, match="can't be read"):
        read(str(tmp_path / "none.dcm"))
    with pytest.raises(Unreadable, match="is not a file"):
        read(str(tmp_path))


@pytest.mark.parametrize("cut", [200, 400, 700, 1500])
def test_truncated_files(tmp_path, written, dataset, half_disc, cut):
    whole = Path(written(dataset(half_disc()))).read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[:cut])
    with pytest.raises(Unreadable):
        read(str(tmp_path / "cut.dcm"))

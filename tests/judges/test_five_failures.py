"""The five failures open viewers are known for: VOI choice, padding, polarity, magnification and
orientation. Judges: dcmtk's renderer, and arithmetic by hand.
"""

import json
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from typer.testing import CliRunner

from app.__main__ import cli
from app.core import viewstate as vs
from app.core.display import apply_table, display_table
from app.core.fitting import Seat, same_size
from app.core.geometry import Transform
from app.core.hanging import hang_transform
from app.core.mammogram import Facts, Spacing, SpacingBasis
from app.core.resample import build_pyramid, visible
from app.dicom.read import read

MG = "1.2.840.10008.5.1.4.1.1.1.2"
needs_dcmtk = pytest.mark.skipif(
    shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed (apt-get install dcmtk)"
)


def code(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "as coded"
    return item


def write(path, pixels, **elements):
    """Write an MG file with pydicom alone: RCC in the standard hang unless told otherwise."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MG, generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = MG, meta.MediaStorageSOPInstanceUID
    made.Modality, made.SamplesPerPixel, made.StudyInstanceUID = "MG", 1, "1.2.3"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    view = code("399162004")
    view.ViewModifierCodeSequence = []
    usual = {
        "PhotometricInterpretation": "MONOCHROME2",
        "ImageLaterality": "R",
        "ViewCodeSequence": [view],
        "PatientOrientation": ["P", "L"],
    }
    for keyword, value in {**usual, **elements}.items():
        setattr(made, keyword, value)
    made.PixelData = np.ascontiguousarray(pixels).astype("<u2").tobytes()
    made.save_as(path, enforce_file_format=True)
    return path


def breast(rows=256, columns=192):
    """A noisy half disc at the right edge, brighter downwards: no symmetry maps it to itself."""
    y, x = np.mgrid[:rows, :columns]
    inward = columns - 1 - x
    inside = (inward / (0.8 * columns)) ** 2 + ((y - rows / 2) / (0.4 * rows)) ** 2 < 1
    noise = np.random.default_rng(3).integers(0, 300, (rows, columns))
    return np.where(inside, 1000 + 8 * y + noise, 0).astype(np.uint16)


def dcmtk_grey(location, folder, *options):
    command = ["dcmj2pnm", "--write-raw-pnm", *options, location, folder / "judge.pgm"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    with Image.open(folder / "judge.pgm") as picture:
        return np.asarray(picture.convert("L")).astype(int)


# VOI choice.


@needs_dcmtk
@pytest.mark.parametrize("function", ["LINEAR", "SIGMOID", None])
def test_every_window_and_table_is_offered_and_drawn_as_dcmtk_draws_it(tmp_path, function):
    table = Dataset()
    table.LUTDescriptor, table.LUTExplanation = [4096, 0, 12], "DENSE"
    table.LUTData = (4095 * (np.arange(4096) / 4095) ** 2).round().astype("<u2").tobytes()
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    more = {} if function is None else {"VOILUTFunction": function}
    path = write(
        tmp_path / "a.dcm",
        pixels,
        WindowCenter=["2000", "1200", "3000"],
        WindowWidth=["3000", "500", "700"],
        WindowCenterWidthExplanation=["NORMAL", "HARDER", "SOFTER"],
        VOILUTSequence=[table],
        **more,
    )
    mammogram = read(str(path))
    names = [voi.name for voi in mammogram.encoding.vois]
    assert names == ["NORMAL", "HARDER", "SOFTER", "DENSE"]
    curve = "+Wfs" if function == "SIGMOID" else "+Wfl"
    asked = [*[(curve, "+Wi", n) for n in (1, 2, 3)], ("+Wl", 1)]
    for voi, options in zip(mammogram.encoding.vois, asked, strict=True):
        ours = apply_table(pixels, display_table(mammogram.encoding, voi)).astype(int)
        judge = dcmtk_grey(path, tmp_path, *options)
        assert np.abs(ours - judge).max() <= 1, voi.name


# Padding.


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("padding", [(0, 0), (0, 40), (4095, 4095), (4000, 4095), (700, 700)])
def test_padding_is_black_in_every_window_and_when_inverted(tmp_path, polarity, padding):
    pixels = breast()
    pixels[pixels == 0] = padding[0]
    pixels[:10, :10] = padding[1]
    path = write(
        tmp_path / "a.dcm",
        pixels,
        PhotometricInterpretation=polarity,
        PixelPaddingValue=padding[0],
        PixelPaddingRangeLimit=padding[1],
        WindowCenter=["2000", "100", "4000"],
        WindowWidth=["4000", "50", "50"],
    )
    mammogram = read(str(path))
    air = (pixels >= padding[0]) & (pixels <= padding[1])
    for voi in mammogram.encoding.vois:
        for invert in (False, True):
            grey = apply_table(pixels, display_table(mammogram.encoding, voi, invert=invert))
            assert grey[air].max() == 0
    first = apply_table(pixels, display_table(mammogram.encoding, mammogram.encoding.vois[0]))
    assert first[~air].max() > 60, "only the padding is black"


# Polarity.


@needs_dcmtk
@pytest.mark.parametrize("inverted", [False, True])
def test_low_is_white_where_the_file_says_so(tmp_path, inverted):
    """Inverted once by the file's polarity after the window, and once more by the reader."""
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    for polarity in ("MONOCHROME1", "MONOCHROME2"):
        path = write(
            tmp_path / f"{polarity}.dcm",
            pixels,
            PhotometricInterpretation=polarity,
            WindowCenter="1000",
            WindowWidth="1500",
        )
        mammogram = read(str(path))
        table = display_table(mammogram.encoding, mammogram.encoding.vois[0], invert=inverted)
        bright_is_high = (polarity == "MONOCHROME2") != inverted
        judge = dcmtk_grey(path, tmp_path, "+Wi", 1, "+Pid" if bright_is_high else "+Piv")
        ours = apply_table(pixels, table).astype(int)
        assert (judge[-1, -1] > judge[0, 0]) == bright_is_high
        assert np.abs(ours - judge)[mammogram_not_air(mammogram)].max() <= 1


def mammogram_not_air(mammogram):
    pixels, air = mammogram.pixels, np.zeros(mammogram.pixels.shape, bool)
    for span in (mammogram.encoding.air, mammogram.encoding.dim_air):
        if span is not None:
            air |= (pixels >= span[0]) & (pixels <= span[1])
    return ~air


# Magnification.


def test_a_bar_of_200_pixels_measures_what_its_maker_says(tmp_path):
    """The numbers David Clunie burned into his test image of the same header."""
    path = write(
        tmp_path / "bar.dcm",
        breast(512, 512),
        ImagerPixelSpacing=["0.5", "0.5"],
        EstimatedRadiographicMagnificationFactor="1.5",
        PixelSpacing=["0.25", "0.25"],
        PixelSpacingCalibrationType="FIDUCIAL",
    )
    done = CliRunner().invoke(cli, ["measure", str(path), "100,50", "100,250", "--json"])
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert {one["basis"]: round(one["mm"], 1) for one in report["lengths"]} == {
        "corrected for magnification": 66.7,
        "at detector": 100.0,
        "calibrated": 50.0,
    }
    assert (round(report["mm"], 1), report["basis"]) == (66.7, "corrected for magnification")
    assert report["pixels"] == 200


def test_measure_says_in_one_sentence_what_is_wrong(tmp_path):
    path = str(write(tmp_path / "a.dcm", breast()))
    for places in (["1,2", "3"], ["1,2", "3,x"], ["0,0", "999,0"], ["0,0", "nan,1"]):
        done = CliRunner().invoke(cli, ["measure", path, *places])
        assert done.exit_code == 2
        assert done.stderr.startswith("mammoscope: place ")
    none = CliRunner().invoke(cli, ["measure", path, "0,0", "30,40"])
    assert none.stdout == "50 px no spacing\n"


@pytest.mark.parametrize("factors", [(1.0, 1.0), (1.0, 1.8)])
def test_two_detectors_show_one_object_at_one_size(factors):
    """An object of 40 mm on detectors of 0.07 and 0.10 mm, within a device pixel."""
    tile, seen = (900, 1200), []
    plates, views, sizes = [], [], []
    for pitch, factor in zip((0.07, 0.10), factors, strict=True):
        spacing = pitch / factor
        rows, columns = round(240 / pitch), round(180 / pitch)
        known = Facts(
            file="a",
            rows=rows,
            columns=columns,
            side="R",
            view="CC",
            spacing_mm=(spacing, spacing),
            spacings=(Spacing(mm=(spacing, spacing), basis=SpacingBasis.MAGNIFICATION),),
        )
        plates.append(vs.plate_for(known, Transform.IDENTITY))
        views.append(vs.PaneView(scale=1.0))
        sizes.append(40 / spacing)  # of the object in pixels: magnified on the detector
    shown = same_size(
        [Seat(view=v, plate=p, tile=tile) for v, p in zip(views, plates, strict=True)]
    )
    for view, plate, pixels in zip(shown, plates, sizes, strict=True):
        place = vs.placement(view, plate, tile)
        seen.append((pixels * place.zoom_x, pixels * place.zoom_y))
    assert abs(seen[0][0] - seen[1][0]) < 1
    assert abs(seen[0][1] - seen[1][1]) < 1


@pytest.mark.parametrize("factors", [(1.0, 1.0), (1.0, 1.8)])
def test_two_detectors_draw_one_object_at_one_size(tmp_path, factors):
    """From files to grey pixels: an object of 30 x 20 mm, its edges found in what is drawn."""
    tile, sizes = (700, 900), []
    for pitch, factor in zip((0.07, 0.10), factors, strict=True):
        pixels = np.zeros((round(200 * factor / pitch), round(120 * factor / pitch)), np.uint16)
        spacing = pitch / factor
        rows, columns = round(30 / spacing), round(20 / spacing)
        pixels[:, -round(60 / spacing) :] = 1500
        top, left = pixels.shape[0] // 2, pixels.shape[1] - round(40 / spacing)
        pixels[top : top + rows, left : left + columns] = 4000
        path = write(
            tmp_path / f"{pitch}.dcm",
            pixels,
            ImagerPixelSpacing=[str(pitch)] * 2,
            EstimatedRadiographicMagnificationFactor=str(factor),
            WindowCenter="2048",
            WindowWidth="4096",
        )
        mammogram = read(str(path))
        transform, _ = hang_transform(mammogram.facts)
        sizes.append((mammogram, transform, vs.plate_for(mammogram.facts, transform)))
    plates = [plate for *_, plate in sizes]
    views = same_size([Seat(view=vs.PaneView(scale=1.0), plate=p, tile=tile) for p in plates])
    seen = []
    for (mammogram, transform, plate), view in zip(sizes, views, strict=True):
        pyramid = build_pyramid(mammogram.pixels, mammogram.encoding)
        sample = visible(pyramid, transform, vs.placement(view, plate, tile), fine=True)
        bright = sample.pixels > 2750
        seen.append((bright.any(axis=1).sum(), bright.any(axis=0).sum()))
    assert seen[0][0] > 60
    assert abs(int(seen[0][0]) - int(seen[1][0])) <= 1
    assert abs(int(seen[0][1]) - int(seen[1][1])) <= 1


# Orientation.

#: What each of the eight symmetries makes of rows towards P and columns towards L (RCC), by hand.
EIGHT = {
    "as it hangs": (lambda a: a, ["P", "L"]),
    "mirrored": (lambda a: a[:, ::-1], ["A", "L"]),
    "upside down": (lambda a: a[::-1], ["P", "R"]),
    "half a turn": (lambda a: a[::-1, ::-1], ["A", "R"]),
    "transposed": (lambda a: a.T, ["L", "P"]),
    "quarter turn right": (lambda a: np.rot90(a, -1), ["R", "P"]),
    "quarter turn left": (lambda a: np.rot90(a, 1), ["L", "A"]),
    "other diagonal": (lambda a: a[::-1, ::-1].T, ["R", "A"]),
}


@pytest.mark.parametrize("turn", EIGHT)
def test_all_eight_orientations_hang_alike(tmp_path, turn):
    upright = breast()
    change, stated = EIGHT[turn]
    path = write(tmp_path / "a.dcm", change(upright), PatientOrientation=stated)
    assert list(pydicom.dcmread(path).PatientOrientation) == stated
    mammogram = read(str(path))
    transform, assumed = hang_transform(mammogram.facts)
    assert assumed is None
    np.testing.assert_array_equal(transform.apply(mammogram.pixels), upright)

"""Our grey against dcmtk's dcmj2pnm and dcmtk's encoders, which share nothing with us."""

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from PIL import Image

from app.core.display import Curve, Window, apply_table, display_table
from app.dicom.read import read

pytestmark = pytest.mark.skipif(
    shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed (apt-get install dcmtk)"
)
WITHIN = 1  # grey levels: dcmtk rounds its tables another way


def run(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def dcmtk_grey(location, folder, *options):
    run("dcmj2pnm", "--write-raw-pnm", *options, location, folder / "judge.pgm")
    with Image.open(folder / "judge.pgm") as picture:
        return np.asarray(picture.convert("L")).astype(int)


def our_grey(mammogram, voi):
    return apply_table(mammogram.pixels, display_table(mammogram.encoding, voi)).astype(int)


@pytest.fixture(scope="module")
def ramp():
    """Every 12-bit value once, in a 64x64 image without air, so that nothing is forced to black."""
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)


def write(folder, pixels, **elements):
    """Write an MG file with pydicom alone."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    made.Modality, made.SamplesPerPixel = "MG", 1
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.PixelRepresentation, made.PhotometricInterpretation = 0, "MONOCHROME2"
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    made.PixelData = np.ascontiguousarray(pixels).astype("<u2").tobytes()
    path = folder / "image.dcm"
    made.save_as(path)
    return path


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("center_width", [(2048, 4096), (1500, 800), (300, 50), (1000.5, 1)])
@pytest.mark.parametrize("curve", [Curve.LINEAR, Curve.SIGMOID])
def test_windows(tmp_path, ramp, polarity, center_width, curve):
    path = write(tmp_path, ramp, PhotometricInterpretation=polarity)
    center, width = center_width
    mammogram = read(str(path))
    assert mammogram.encoding.air is None
    option = "+Wfs" if curve is Curve.SIGMOID else "+Wfl"
    judge = dcmtk_grey(path, tmp_path, option, "+Ww", center, width)
    ours = our_grey(mammogram, Window(center=center, width=width, curve=curve))
    assert np.abs(ours - judge).max() <= WITHIN


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
def test_signed_and_rescaled(tmp_path, polarity):
    values = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
    path = write(
        tmp_path,
        values.view(np.uint16) & 0x0FFF,
        PixelRepresentation=1,
        RescaleSlope="2",
        RescaleIntercept="-100",
        RescaleType="US",
        PhotometricInterpretation=polarity,
    )
    judge = dcmtk_grey(path, tmp_path, "+Ww", 400, 3000)
    ours = our_grey(read(str(path)), Window(center=400, width=3000))
    assert np.abs(ours - judge).max() <= WITHIN


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_stored_tables(tmp_path, ramp, polarity, bits):
    from pydicom.dataset import Dataset

    item = Dataset()
    white = 2**bits - 1
    curve = (white * (np.arange(2000) / 1999) ** 0.5).round().astype(np.uint16)
    item.LUTDescriptor, item.LUTExplanation = [2000, 700, bits], "ROOT"
    item.LUTData = curve.astype("<u2").tobytes()
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "OW"
    path = write(tmp_path, ramp, VOILUTSequence=[item], PhotometricInterpretation=polarity)
    mammogram = read(str(path))
    (table,) = mammogram.encoding.vois
    judge = dcmtk_grey(path, tmp_path, "+Wl", 1)
    assert np.abs(our_grey(mammogram, table) - judge).max() <= WITHIN


@pytest.mark.parametrize(
    ("tool", "options"),
    [
        ("dcmcjpeg", ["+e1"]),  # JPEG Lossless, process 14, first-order prediction
        ("dcmcjpeg", ["+el", "+sv", "4"]),  # process 14, another predictor
        ("dcmcjpls", []),
        ("dcmcrle", []),
        ("dcmconv", ["+tb"]),  # big endian, retired
        ("dcmconv", ["+ti"]),
        ("dcmconv", ["+td"]),
    ],
)
def test_what_dcmtk_encodes_we_decode_bit_exactly(tmp_path, ramp, tool, options):
    pixels = ramp ^ np.random.default_rng(1).integers(0, 64, ramp.shape, dtype=np.uint16)
    path = write(tmp_path, pixels)
    out = tmp_path / "encoded.dcm"
    run(tool, *options, path, out)
    assert pydicom.dcmread(out).file_meta.TransferSyntaxUID != "1.2.840.10008.1.2.1"
    np.testing.assert_array_equal(read(str(out)).pixels, pixels)


@pytest.mark.parametrize("syntax", ["var_L_CC_j2k_lossless", "var_R_CC_jpegls_lossless"])
def test_lossless_codecs_against_gdcm(tmp_path, shared_data, syntax):
    gdcm = pytest.importorskip("gdcm")
    reader = gdcm.ImageReader()
    path = shared_data / "dicom" / f"{syntax}.dcm"
    reader.SetFileName(str(path))
    assert reader.Read()
    image = reader.GetImage()
    # GetBuffer gives bytes smuggled through a str, one code point a byte.
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    columns, rows = image.GetDimension(0), image.GetDimension(1)
    judge = np.frombuffer(raw, "<u2").reshape(rows, columns)
    np.testing.assert_array_equal(read(str(path)).pixels, judge)


def test_files_of_every_syntax(tmp_path, shared_data):
    """The ten derived files: dcmtk's rendering of the file's own window, where it can decode."""
    compared = 0
    for path in sorted((shared_data / "dicom").glob("*.dcm")):
        mammogram = read(str(path))
        if not mammogram.encoding.vois or "j2k" in path.name or "jpegls" in path.name:
            continue
        judge = dcmtk_grey(path, tmp_path, "+Wi", 1)
        ours = our_grey(mammogram, mammogram.encoding.vois[0])
        assert np.abs(ours - judge).max() <= WITHIN, path.name
        compared += 1
    assert compared >= 5

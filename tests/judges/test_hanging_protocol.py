"""DICOM Hanging Protocol objects: dciodvfy finds no fault, and what they hold comes back."""

import shutil
import subprocess
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from typer.testing import CliRunner

from app import resources
from app.__main__ import cli
from app.core.protocol import CellOptions
from app.dicom.hanging_read import read_hanging_protocol
from app.dicom.hanging_write import hanging_protocol

needs_dciodvfy = pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dicom3tools is not installed"
)
#: Protocols that say nothing a DICOM object can't hold, but for what `lost` names.
COMMON = [i for i, p in resources.protocols().items() if not any(s.each for s in p.steps)]


def saved(protocol, path):
    made, lost = hanging_protocol(protocol)
    made.save_as(path, enforce_file_format=True)
    return lost


def places(protocol):
    return [
        (
            step.name,
            step.rows,
            step.columns,
            [replace(cell, options=CellOptions()) for cell in step.cells],
        )
        for step in protocol.steps
    ]


@needs_dciodvfy
@pytest.mark.parametrize("identity", sorted(resources.protocols()))
def test_dciodvfy_finds_no_fault(identity, tmp_path):
    path = tmp_path / "a.dcm"
    saved(resources.protocol(identity), path)
    done = subprocess.run(["dciodvfy", path], capture_output=True, text=True)
    said = (done.stdout + done.stderr).splitlines()
    assert "HangingProtocol" in said
    assert not [line for line in said if line.startswith(("Error", "Warning"))]


@pytest.mark.parametrize("identity", COMMON)
def test_steps_cells_and_selectors_come_back(identity, tmp_path):
    protocol = resources.protocol(identity)
    saved(protocol, tmp_path / "a.dcm")
    read, _ = read_hanging_protocol(tmp_path / "a.dcm")
    assert places(read) == places(protocol)
    assert read.title == protocol.title
    for name, selector in read.selectors.items():
        other = protocol.selectors[name]
        assert (selector.side, selector.view, selector.when, selector.pick) == (
            other.side,
            other.view,
            other.when,
            other.pick,
        )


def test_options_of_cells_come_back(tmp_path):
    protocol = resources.protocol("cc-pair")
    options = CellOptions(size="true", justify="center", overlay="full", invert=True)
    step = protocol.steps[0]
    cells = (replace(step.cells[0], options=options), step.cells[1])
    saved(replace(protocol, steps=(replace(step, cells=cells),)), tmp_path / "a.dcm")
    read, _ = read_hanging_protocol(tmp_path / "a.dcm")
    assert [cell.options for cell in read.steps[0].cells] == [options, CellOptions()]


def test_what_dicom_cannot_say_is_said_in_sentences(tmp_path):
    lost = saved(resources.protocol("screening-4up"), tmp_path / "a.dcm")
    assert "Links between cells (zoom, pan, window, mirrored) can't be expressed in DICOM" in (
        " ".join(lost)
    )
    assert all(sentence.endswith("left out.") for sentence in lost)
    _, notes = read_hanging_protocol(tmp_path / "a.dcm")
    assert "special views" in notes[0]


def test_an_object_of_another_maker_with_filters_is_read(tmp_path):
    made, _ = hanging_protocol(resources.protocol("cc-pair"))
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "R-102D7", "SRT", "spot"
    only = Dataset()
    only.FilterByOperator, only.ImageSetSelectorUsageFlag = "NOT_MEMBER_OF", "MATCH"
    only.SelectorAttribute, only.SelectorAttributeVR = 0x00540222, "SQ"
    only.SelectorCodeSequenceValue, only.SelectorValueNumber = [code], 0
    made.DisplaySetsSequence[0].FilterOperationsSequence = [only]
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    read, _ = read_hanging_protocol(tmp_path / "a.dcm")
    assert read.selectors["RCC"].none_of == {"spot"}


def test_other_files_are_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"a\.dcm: is not a DICOM file that can be read"):
        read_hanging_protocol(tmp_path / "a.dcm")
    made, _ = hanging_protocol(resources.protocol("cc-pair"))
    made.HangingProtocolDefinitionSequence[0].Modality = "CT"
    made.save_as(tmp_path / "b.dcm", enforce_file_format=True)
    with pytest.raises(ValueError, match=r"hangs CT, not mammograms"):
        read_hanging_protocol(tmp_path / "b.dcm")
    made.HangingProtocolDefinitionSequence[0].Modality = "MG"
    del made.DisplaySetsSequence
    made.save_as(tmp_path / "c.dcm", enforce_file_format=True)
    with pytest.raises(ValueError, match=r"lacks what it needs"):
        read_hanging_protocol(tmp_path / "c.dcm")


def test_the_commands_export_and_import(tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_SETTINGS", str(tmp_path / "settings"))
    path = tmp_path / "four.dcm"
    done = CliRunner().invoke(cli, ["protocol", "export", "screening-4up", str(path)])
    assert (done.exit_code, done.stdout.strip()) == (0, str(path))
    assert "can't be expressed" in done.stderr
    done = CliRunner().invoke(cli, ["protocol", "import", str(path)])
    assert done.exit_code == 0
    identity = done.stdout.strip()
    assert identity != "screening-4up"
    listed = CliRunner().invoke(cli, ["protocol", "list"]).stdout
    assert f"{identity}" in listed
    assert "(yours)" in listed

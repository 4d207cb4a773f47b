import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from app import __main__ as command_line
from app.dicom.read import recipe_in
from app.making import parse_seeds, parse_views

LABELS = ["RCC", "LCC", "RMLO", "LMLO"]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("7", [7]), ("0-3", [0, 1, 2, 3]), ("4, 1-2,4", [4, 1, 2]), ("4294967295", [2**32 - 1])],
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "-1", "1-", "3-1", "1.5", "4294967296", "0-4294967295", "a"])
def test_wrong_seeds_are_refused(text):
    with pytest.raises(ValueError, match=r"^seeds "):
        parse_seeds(text)


def test_views():
    assert parse_views("all") == tuple(LABELS)
    assert parse_views("lmlo, RCC,lmlo") == ("LMLO", "RCC")
    with pytest.raises(ValueError, match="allowed are all"):
        parse_views("RCC,XX")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small untrained model: what is looked at here is the way from it to the files."""
    import torch

    from gan.checkpoint import DirectionFacts, Directions, ModelCard, save_model
    from gan.config import NetworkConfig
    from gan.networks import Generator

    torch.manual_seed(2)
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=4, labels=("CC", "MLO"))
    card = ModelCard(
        title="small", licence="l", attribution="a", trainset="", images_shown=0, rung=3
    )
    axes = Directions(
        steps=np.eye(8, dtype=np.float32)[:2], facts=tuple(DirectionFacts(name=n) for n in "ab")
    )
    save_model(path, Generator(config), card, axes)
    return path


def generate(*options):
    result = CliRunner().invoke(command_line.cli, ["generate", *map(str, options)])
    assert result.exit_code == 0, result.stderr
    return [Path(line) for line in result.stdout.split() if not line.endswith("records.csv")]


@pytest.mark.parametrize("form", ["dicom", "png16"])
def test_generated_exams_reopen_in_the_right_cells(model, tmp_path, form):
    files = generate("--seeds", "3,5", "--out", tmp_path, "--format", form, "--model", model)
    assert len(files) == 8
    assert all(recipe_in(path).point.seed in (3, 5) for path in files)
    told = json.loads(
        CliRunner().invoke(command_line.cli, ["info", str(files[0]), "--json"]).stdout
    )
    assert told["source"] == "synthetic"
    assert told["recipe"]["point"] == {"seed": 3, "edits": [], "locked": []}
    result = CliRunner().invoke(command_line.cli, ["hang", str(tmp_path), "--json"])
    report = json.loads(result.stdout)
    assert report["refused"] == []
    assert len(report["exams"]) == 2
    for exam in report["exams"]:
        assert exam["unhung"] == []
        assert [cell["cell"] for cell in exam["cells"]] == [f"{label}_GEN" for label in LABELS]
        if form == "dicom":  # a PNG states no orientation, and the untrained model draws no breast
            assert {cell["transform"] for cell in exam["cells"]} == {"identity"}
        for cell in exam["cells"]:
            assert cell["file"].rsplit("-", 1)[1].startswith(cell["cell"].removesuffix("_GEN"))


def test_png_comes_with_a_manifest_and_the_same_pixels_each_time(model, tmp_path):
    options = ("--seeds", "4", "--format", "png16", "--model", model, "--views", "RCC,LMLO")
    first = generate("--out", tmp_path / "a", *options)
    second = generate("--out", tmp_path / "b", *options)
    assert [path.name for path in first] == ["seed-0004-RCC.png", "seed-0004-LMLO.png"]
    for one, other in zip(first, second, strict=True):
        with Image.open(one) as image, Image.open(other) as again:
            assert image.mode == "I;16"
            assert np.array_equal(np.asarray(image), np.asarray(again))
    with (tmp_path / "a" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["file"], r["laterality"], r["view"]) for r in rows] == [
        ("seed-0004-RCC.png", "R", "CC"),
        ("seed-0004-LMLO.png", "L", "MLO"),
    ]

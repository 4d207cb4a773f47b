"""The command, from a model file and a set to the report."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

from gan import trainset
from gan.checkpoint import DirectionFacts, Directions, ModelCard, load_model, save_model
from gan.config import NetworkConfig
from gan.networks import Generator
from train.evaluate import estimate, similarity
from train.evaluate.__main__ import main
from train.evaluate.artefacts import KINDS, read_tally
from train.evaluate.metrics import METRICS

AXIS = Directions(steps=np.eye(1, 16, dtype=np.float32), facts=(DirectionFacts(name="one"),))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eighty half-discs of noise at 20x16 of forty patients, a fourth of them held out."""
    draw = np.random.default_rng(4)
    rows, columns = np.mgrid[0:20, 0:16]
    images, records = [], []
    for i in range(80):
        radius, middle = draw.uniform(6, 12), draw.uniform(8, 12)
        inside = (rows - middle) ** 2 + columns**2 < radius**2
        light = draw.uniform(90, 200) + draw.normal(0, 25, inside.shape)
        images.append((inside * np.clip(light, 30, 255)).astype(np.uint8))
        patient = i // 2
        records.append(
            trainset.Record(
                file=f"{i}.png",
                view=("CC", "MLO")[i % 2],
                side="L",
                patient=f"p{patient}",
                split="held-out" if patient % 4 == 0 else "train",
            )
        )
    folder = tmp_path_factory.mktemp("set")
    trainset.write(folder, np.stack(images), records, (5, 4))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, data):
    torch.manual_seed(1)
    config = NetworkConfig(
        rungs=3, latent=16, channel_base=64, channel_max=8, labels=("CC", "MLO"), noise=True
    )
    card = ModelCard(
        title="Test <model>",
        licence="CC BY 4.0",
        attribution="Nobody & sons",
        trainset=trainset.open_set(data).fingerprint,
        images_shown=1,
        rung=2,
    )
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    save_model(path, Generator(config), card, AXIS)
    return path


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(estimate, "REPLICATES", 4)
    monkeypatch.setattr(similarity, "PAIRS", 20)


@pytest.fixture(scope="module")
def report(tmp_path_factory, data, model):
    out = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimate, "REPLICATES", 4)
        patch.setattr(similarity, "PAIRS", 20)
        assert main([str(model), str(data), "--out", str(out), "--samples", "100"]) == 0
    return out


def numbers(folder):
    return json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))


def test_json_holds_every_metric_with_intervals(report, model, data):
    found = numbers(report)
    assert set(found["metrics"]) == set(METRICS)
    for name, metric in found["metrics"].items():
        assert metric["figures"], name
        for figure in metric["figures"].values():
            assert {"value", "low", "high"} == set(figure["generated"])
            assert "real" in figure
    assert found["model"]["hash"] == load_model(model).hash
    assert found["set"] == {
        "fingerprint": trainset.open_set(data).fingerprint,
        "same_as_trained_on": True,
    }
    assert found["images"] == {"generated": 100, "training": 60, "held-out": 20}


def test_every_goal_can_be_read_from_the_json(report):
    names = [goal["name"] for goal in numbers(report)["goals"]]
    for word in ("SWD", "slope", "MS-SSIM", "density", "coverage", "share nearer", "flagged"):
        assert any(word in name for name in names), word
    for goal in numbers(report)["goals"]:
        assert goal["sense"] in ("at most", "at least", "within")
        assert set(goal["measured"]) == {"value", "low", "high"}


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href")]
        if tag not in ("meta", "img", "line", "circle", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_whole_and_fetches_nothing(report):
    text = (report / "evaluation.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.seen.count("img") >= 8
    assert page.seen.count("svg") >= 8
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    assert "Test &lt;model&gt;" in text
    assert "Nobody &amp; sons" in text
    assert "SYNTHETIC" in text
    assert "$" not in text.split("</style>")[1]


def test_sheet_shows_a_hundred_exams(report):
    with Image.open(report / "artefacts.png") as picture:
        # Ten exams across; an exam is 2 x 64 across and 2 x 80 high, in a frame of 3.
        assert picture.size == (10 * (2 * 64 + 6), 10 * (2 * 80 + 6))


def test_same_seed_gives_same_numbers_and_another_seed_others(report, model, data, tmp_path):
    def again(name, *more):
        out = tmp_path / name
        assert main([str(model), str(data), "--out", str(out), "--samples", "100", *more]) == 0
        found = numbers(out)
        del found["seconds"]
        return found

    first = numbers(report)
    del first["seconds"]
    assert again("same") == first
    assert again("other", "--seed", "7")["metrics"] != first["metrics"]


def filled(folder, **changed):
    raw = json.loads((folder / "tally.json").read_text(encoding="utf-8"))
    return {**raw, "reader": "A. Reader", "exams_looked_at": 50, **changed}


def test_a_tally_is_quoted(report, model, data, tmp_path):
    marks = {"3": {"RCC": ["shape"], "LMLO": ["shape", "nipple"]}, "9": {"LCC": ["spots"]}}
    path = tmp_path / "tally.json"
    path.write_text(json.dumps(filled(report, marks=marks)))
    arguments = [str(model), str(data), "--out", str(tmp_path), "--samples", "100"]
    before = path.read_text()
    assert main([*arguments, "--tally", str(path)]) == 0
    assert path.read_text() == before  # what was filled in stays
    found = numbers(tmp_path)["tally"]
    assert found["with_artefact"]["value"] == 2 / 50
    assert found["images"]["CC"]["value"] == 2 / 100
    assert found["images"]["MLO"]["value"] == 1 / 100
    assert found["kinds"] == {"shape": 2, "nipple": 1, "spots": 1}
    assert "A. Reader looked at 50 exams" in (tmp_path / "evaluation.html").read_text()
    assert any("artefact" in goal["name"] for goal in numbers(tmp_path)["goals"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reader": " "}, "reader is empty"),
        ({"exams_looked_at": 0}, "exams_looked_at is 0"),
        ({"exams_looked_at": "all"}, "exams_looked_at is 'all'"),
        ({"model": "0" * 64}, "of other pictures"),
        ({"first_seed": 5}, "of other pictures"),
        ({"mammoscope_tally": 9}, "not a Mammoscope tally"),
        ({"marks": {"60": {"RCC": ["shape"]}}}, "allowed are seeds 0 to 49"),
        ({"marks": {"1": {"RCC": ["ugly"]}}}, KINDS[0]),
        ({"marks": {"1": {"XCC": ["shape"]}}}, "LMLO"),
        ({"marks": {"1": ["shape"]}}, "seed 1"),
        ({"marks": {"1": {"RCC": "shape"}}}, "seed 1"),
    ],
)
def test_a_tally_that_cannot_be_right_is_refused(report, model, tmp_path, changed, words):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(filled(report, **changed)))
    with pytest.raises(ValueError, match=words):
        read_tally(path, load_model(model).hash, 0, ("CC", "MLO"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--samples", "5"], "allowed are 100"),
        (["--seed", "-1"], "allowed are 0"),
        (["--tally", "missing.json"], "missing.json"),
    ],
)
def test_wrong_calls_are_said_in_a_sentence(model, data, tmp_path, capsys, more, words):
    assert main([str(model), str(data), "--out", str(tmp_path / "r"), *more]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert not (tmp_path / "r").exists()


def test_a_set_without_enough_held_out_images_is_refused(model, data, tmp_path, capsys):
    full = trainset.open_set(data)
    records = [
        trainset.Record(file=r.file, view=r.view, side=r.side, patient=r.patient, split="train")
        for r in full.records
    ]
    trainset.write(tmp_path / "s", full.images(2)[:], records, (5, 4))
    assert main([str(model), str(tmp_path / "s"), "--out", str(tmp_path / "r")]) == 2
    assert "0 held-out images of view CC, MLO; at least 10 are needed" in capsys.readouterr().err


def test_a_set_smaller_than_the_model_is_refused(model, data, tmp_path, capsys):
    full = trainset.open_set(data)
    trainset.write(tmp_path / "s", full.images(1)[:], full.records, (5, 4))
    assert main([str(model), str(tmp_path / "s"), "--out", str(tmp_path / "r")]) == 2
    assert "images of up to 10x8; the model makes 20x16" in capsys.readouterr().err


def test_another_set_than_the_trained_one_is_cautioned_about(model, data, tmp_path):
    full = trainset.open_set(data)
    changed = full.images(2)[:].copy()
    changed[0, 0, 0] ^= 1
    trainset.write(tmp_path / "s", changed, full.records, (5, 4))
    arguments = [str(model), str(tmp_path / "s"), "--out", str(tmp_path / "r"), "--samples", "100"]
    assert main(arguments) == 0
    assert "trained on another set" in (tmp_path / "r" / "evaluation.html").read_text()
    assert numbers(tmp_path / "r")["set"]["same_as_trained_on"] is False

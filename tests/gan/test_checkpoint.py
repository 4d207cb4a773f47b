"""Model files: what is written comes back, and what is wrong is refused."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gan.checkpoint import (
    KEY,
    DirectionFacts,
    Directions,
    ModelCard,
    load_critic,
    load_model,
    replace_directions,
    save_critic,
    save_model,
    weights_hash,
)
from gan.config import NetworkConfig
from gan.latent import from_seed
from gan.networks import Critic, Generator
from gan.previews import fitted

CARD = ModelCard(
    title="t", licence="CC BY 4.0", attribution="a", trainset="f", images_shown=9, rung=1
)


TWO = Directions(
    steps=np.eye(8, dtype=np.float32)[:2],
    facts=(DirectionFacts(name="a"), DirectionFacts(name="b", kind="measured", r2=0.5, spread=2.0)),
)


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"))
    generator = Generator(config)
    path = tmp_path / "m.safetensors"
    mark = save_model(path, generator, CARD, TWO)
    return path, generator, mark


def rewrite(path, change):
    """Write the file again with its metadata changed."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    meta = json.loads(header["__metadata__"][KEY])
    change(meta)
    header["__metadata__"][KEY] = json.dumps(meta)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + length :])


def test_round_trip_keeps_the_picture_up_to_the_trained_rung(model):
    path, generator, mark = model
    loaded = load_model(path)
    assert (loaded.hash, loaded.card, loaded.directions.facts) == (mark, CARD, TWO.facts)
    assert loaded.config.rungs == 2
    z, label = torch.randn(3, 8), torch.tensor([0, 1, 1])
    expected = generator(z, label, 1).detach()
    torch.testing.assert_close(loaded.generator(z, label), expected)


def test_half_precision_halves_the_file_and_keeps_the_picture(model, tmp_path):
    path, generator, _ = model
    half = tmp_path / "half.safetensors"
    save_model(half, generator, CARD, TWO, float16=True)
    assert half.stat().st_size < 0.6 * path.stat().st_size
    z, label = torch.randn(3, 8), torch.tensor([0, 1, 1])
    expected = generator(z, label, 1).detach()
    drawn = load_model(half).generator(z, label)
    torch.testing.assert_close(drawn, expected, atol=5e-3, rtol=5e-3)
    with torch.no_grad():
        generator.conv.weight[0, 0, 0, 0] = 1e5
    with pytest.raises(ValueError, match=r"conv.weight holds numbers that are not finite.*float16"):
        save_model(half, generator, CARD, TWO, float16=True)


def test_the_metadata_describes_the_network(model):
    path, _, _ = model
    with safe_open(path, framework="pt") as file:
        meta = json.loads(file.metadata()[KEY])
    assert meta["conditioning"] == "labels"
    assert meta["network"]["labels"] == ["CC", "MLO"]
    assert meta["network"]["rungs"] == 2
    assert (meta["kind"], meta["image_channels"]) == ("generator", ["grey"])


def test_previews_come_back(model, tmp_path):
    _, generator, _ = model
    previews = fitted(generator, fit=4, judge=2)
    path = tmp_path / "previews.safetensors"
    card = replace(CARD, rung=2)
    save_model(path, generator, card, TWO, previews=previews)
    loaded = load_model(path).previews
    assert (loaded.before, loaded.after) == (previews.before, previews.after)
    for one, other in zip(loaded.heads, previews.heads, strict=True):
        torch.testing.assert_close(one, other)
    rewrite(path, lambda meta: meta["network"].update(output="skip"))
    with pytest.raises(ValueError, match="preview of rung 1"):
        load_model(path)


def test_a_critic_has_a_file_of_its_own(model, tmp_path):
    path, _, _ = model
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"))
    critic, apart = Critic(config), tmp_path / "critic.safetensors"
    mark = save_critic(apart, critic, CARD)
    loaded = load_critic(apart)
    assert (loaded.hash, loaded.card, loaded.critic.config.rungs) == (mark, CARD, 2)
    x, label = torch.randn(4, 1, 10, 8), torch.tensor([0, 1, 0, 1])
    torch.testing.assert_close(loaded.critic(x, label), critic(x, label, 1))
    with pytest.raises(ValueError, match="holds a critic, where a generator is needed"):
        load_model(apart)
    with pytest.raises(ValueError, match="holds a generator, where a critic is needed"):
        load_critic(path)


def test_one_changed_byte_is_refused(model):
    path, _, _ = model
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="do not match its hash"):
        load_model(path)


def test_wrong_metadata_is_refused(model):
    path, _, _ = model
    rewrite(path, lambda meta: meta["network"].update(rungs=3))
    with pytest.raises(ValueError, match="not a complete Mammoscope model"):
        load_model(path)
    rewrite(path, lambda meta: meta.update(format=3))
    with pytest.raises(ValueError, match="format 2"):
        load_model(path)


def test_other_files_are_refused(tmp_path):
    other = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(2)}, other)
    with pytest.raises(ValueError, match="not a Mammoscope model"):
        load_model(other)
    other.write_bytes(b"\x80\x04pickle, surely")
    with pytest.raises(ValueError, match="not a safetensors model file"):
        load_model(other)


def test_weights_that_are_not_finite_are_neither_written_nor_read(model, tmp_path):
    path, generator, _ = model
    with safe_open(path, framework="pt") as file:
        meta = json.loads(file.metadata()[KEY])
        tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (not a mapping)
    tensors["generator.conv.weight"][0, 0, 0, 0] = float("nan")
    meta["hash"] = weights_hash(tensors)
    save_file(tensors, path, metadata={KEY: json.dumps(meta)})
    with pytest.raises(ValueError, match="not finite"):
        load_model(path)
    with torch.no_grad():
        generator.conv.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="not finite"):
        save_model(tmp_path / "nan.safetensors", generator, CARD, TWO)


def test_the_shipped_model_loads_and_draws_a_breast_and_air():
    shipped = load_model(Path(__file__).parents[2] / "resources/models/cdd-cesm.safetensors")
    z = torch.from_numpy(np.stack([from_seed(seed, 128) for seed in range(8)]))
    images = shipped.generator(z, torch.arange(8) % 2)
    assert images.shape == (8, 1, 160, 128)
    far, wall = images[..., -12:], images[:, :, 40:120, 4:40]
    assert (far <= shipped.card.air).float().mean() > 0.9
    assert (wall > shipped.card.air).float().mean() > 0.9


def test_other_directions_make_another_model_of_the_same_weights(model):
    path, _, mark = model
    before = load_model(path)
    three = Directions(
        steps=2 * np.eye(8, dtype=np.float32)[:3],
        facts=tuple(DirectionFacts(name=name) for name in "xyz"),
    )
    after_mark = replace_directions(path, three)
    after = load_model(path)
    assert after_mark == after.hash != mark
    np.testing.assert_array_equal(after.directions.steps, three.steps)
    assert after.directions.facts == three.facts
    assert after.card == before.card
    for name, value in before.generator.state_dict().items():
        torch.testing.assert_close(after.generator.state_dict()[name], value, rtol=0, atol=0)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_files_of_the_first_release_held_names_only(model):
    path, _, _ = model

    def older(meta):
        meta["direction_names"] = [facts["name"] for facts in meta.pop("directions")]

    rewrite(path, older)
    assert [f.name for f in load_model(path).directions.facts] == ["a", "b"]

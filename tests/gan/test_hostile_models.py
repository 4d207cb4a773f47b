"""Mutated model files: refused in words or the same model, nothing run, nothing huge set aside."""

import json
import pickle
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gan.checkpoint import (
    KEY,
    DirectionFacts,
    Directions,
    Model,
    ModelCard,
    load_model,
    save_model,
    weights_hash,
)
from gan.config import NetworkConfig
from gan.networks import Generator

CARD = ModelCard(
    title="t", licence="CC BY 4.0", attribution="a", trainset="f", images_shown=9, rung=1
)
WRONG = (
    None,
    True,
    -1,
    0,
    2**31,
    2**70,
    1e308,
    "",
    "x",
    [],
    {},
    [1, 2],
    [[[]]],
    "../../x",
    [2**20, 2**20],
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    torch.manual_seed(0)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3)
    path = tmp_path_factory.mktemp("models") / "m.safetensors"
    steps = Directions(steps=np.eye(8, dtype=np.float32)[:1], facts=(DirectionFacts(name="a"),))
    save_model(path, Generator(config), CARD, steps)
    return path.read_bytes()


def split(source):
    (length,) = struct.unpack("<Q", source[:8])
    return json.loads(source[8 : 8 + length]), source[8 + length :]


def joined(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def places(value, path=()):
    """Every place in nested tables and lists."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def altered(value, draw):
    """The value with one place deleted, added to, or holding something else."""
    value = json.loads(json.dumps(value))
    found = list(places(value))
    *way, last = found[draw.integers(0, len(found))]
    at = value
    for step in way:
        at = at[step]
    what = draw.integers(0, 6)
    if what == 0:
        del at[last]
    elif what == 1 and isinstance(at, dict):
        at["unknown"] = 1
    else:
        at[last] = WRONG[draw.integers(0, len(WRONG))]
    return value


def mutants(source, count):
    header, data = split(source)
    draw = np.random.default_rng(4)
    for number in range(count):
        kind = number % 5
        if kind == 0:
            whole = bytearray(source)
            for _ in range(draw.integers(1, 6)):
                whole[draw.integers(0, len(whole))] ^= 1 << draw.integers(0, 8)
            yield bytes(whole)
        elif kind == 1:
            yield source[: draw.integers(0, len(source))]
        elif kind == 2:
            yield joined(altered(header, draw), data)
        else:
            meta = altered(json.loads(header["__metadata__"][KEY]), draw)
            changed = {**header, "__metadata__": {KEY: json.dumps(meta)}}
            yield joined(changed, data)


def test_five_hundred_mutants(tmp_path, source):
    path = tmp_path / "m.safetensors"
    path.write_bytes(source)
    right = load_model(path)
    refused = 0
    for whole in mutants(source, 500):
        path.write_bytes(whole)
        try:
            found = load_model(path)
        except ValueError:
            refused += 1
        else:
            assert isinstance(found, Model)
            assert found.hash == right.hash  # what is not a weight may differ: titles and facts
            assert isinstance(found.card.air, float | int)
            assert isinstance(found.card.title, str)
            assert all(isinstance(one.name, str) for one in found.directions.facts)
    assert refused > 250


def test_a_configuration_without_bounds_sets_nothing_aside(tmp_path, source):
    header, data = split(source)
    meta = json.loads(header["__metadata__"][KEY])
    meta["network"] |= {
        "base": [2**14, 2**14],
        "latent": 4096,
        "channel_base": 2**16,
        "channel_max": 2**16,
    }
    path = tmp_path / "m.safetensors"
    path.write_bytes(joined({**header, "__metadata__": {KEY: json.dumps(meta)}}, data))
    with pytest.raises(ValueError, match=r"^m\.safetensors: "):
        load_model(path)


def test_nothing_in_a_file_is_run(tmp_path, source):
    """A pickle under another name, torch's own format, and every mutant kind, with ears open."""

    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    files = {"pickle": pickle.dumps(Bomb()), "empty": b"", "good": source}
    torch.save({"a": Bomb()}, tmp_path / "torch.safetensors")
    for name, data in files.items():
        (tmp_path / f"{name}.safetensors").write_bytes(data)
    names = sorted(p.name for p in tmp_path.glob("*.safetensors"))
    program = f"""
import sys
from pathlib import Path
from gan.checkpoint import load_model
heard = []
sys.addaudithook(lambda event, given: heard.append(event) if event.startswith(
    ("pickle", "exec", "compile", "subprocess", "os.system", "os.exec", "socket", "ctypes.dlopen")
) else None)
for name in {names!r}:
    try:
        load_model(Path({str(tmp_path)!r}) / name)
    except ValueError as error:
        print(name, "refused")
print(sorted(set(heard)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert lines[:-1] == [f"{n}.safetensors refused" for n in ("empty", "pickle", "torch")], (
        done.stderr
    )
    assert not [
        e for e in json.loads(lines[-1].replace("'", '"')) if not e.startswith(("exec", "compile"))
    ]
    assert not (tmp_path / "ran").exists()


def test_a_file_with_weights_that_are_not_finite_is_refused(tmp_path, source):
    header, _ = split(source)
    meta = json.loads(header["__metadata__"][KEY])
    (tmp_path / "good.safetensors").write_bytes(source)
    from safetensors import safe_open

    with safe_open(tmp_path / "good.safetensors", framework="pt") as file:
        tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118 (not a mapping)
    next(iter(tensors.values())).view(-1)[0] = float("nan")
    meta["hash"] = weights_hash(tensors)
    save_file(tensors, tmp_path / "nan.safetensors", metadata={KEY: json.dumps(meta)})
    with pytest.raises(ValueError, match="not finite"):
        load_model(tmp_path / "nan.safetensors")

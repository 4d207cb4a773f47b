"""Model files: weights as safetensors, everything else as JSON in its metadata; never a pickle."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gan.config import NetworkConfig
from gan.latent import Latent
from gan.networks import Generator

FORMAT = 1
KEY = "mammoscope_model"
MAX_BYTES = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model file says of itself; `facts` are shown in the application as they are."""

    title: str
    licence: str
    attribution: str
    trainset: str  #: fingerprint of the training set
    images_shown: int
    rung: int  #: the highest rung that was trained
    air: float = -0.97  #: network value up to which there is ground, not breast
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionFacts:
    """What is known of a direction through the latent space."""

    name: str
    kind: Literal["measured", "predicted", "feature", "factorised", "random"] = "factorised"
    r2: float | None = None  #: of the fit, on latents it has not seen
    reach: float = 3.0  #: steps to either side that are sensible
    spread: float | None = None  #: one step in the attribute's own unit
    slope: float | None = None  #: measured change per step asked, on latents not seen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Directions:
    """Directions, (k, d), each as long as one step, with their facts in the same order."""

    steps: Latent
    facts: tuple[DirectionFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A generator ready to use, on the CPU in float32, with its card, directions and hash."""

    generator: Generator
    card: ModelCard
    directions: Directions
    hash: str  #: SHA-256 over names, shapes and bytes of all tensors of the file

    @property
    def config(self) -> NetworkConfig:
        """The generator's configuration."""
        return self.generator.config


def weights_hash(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 over names, shapes and bytes of tensors, hexadecimal."""
    mark = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        mark.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        mark.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return mark.hexdigest()


def save_model(
    path: Path,
    generator: Generator,
    card: ModelCard,
    directions: Directions,
) -> str:
    """Write a model file with float16 weights; returns its hash."""
    tensors = {
        f"generator.{name}": value.detach().cpu().half().contiguous()
        for name, value in generator.state_dict().items()
        if trained(name, card.rung)
    }
    tensors["directions"] = torch.from_numpy(np.ascontiguousarray(directions.steps, np.float32))
    mark = weights_hash(tensors)
    config = {**generator.config.to_dict(), "rungs": card.rung + 1}
    meta = {
        "format": FORMAT,
        "network": config,
        "directions": [asdict(facts) for facts in directions.facts],
        "photometric": "air -1, brightest +1; chest wall at the left edge; uint16 = (x + 1) / 2",
        "hash": mark,
        "card": {name: getattr(card, name) for name in ModelCard.__slots__},
    }
    save_file(tensors, path, metadata={KEY: json.dumps(meta, sort_keys=True)})
    return mark


def replace_directions(path: Path, directions: Directions) -> str:
    """Write other directions into a model file, all else as it is; returns its new hash.

    The hash is another one: recipes of the file as it was would mean other exams.
    """
    load_model(path)  # refuse what is damaged before anything is written
    with safe_open(path, framework="pt") as file:
        meta = json.loads(file.metadata()[KEY])
        tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (not a mapping)
    tensors["directions"] = torch.from_numpy(np.ascontiguousarray(directions.steps, np.float32))
    meta.pop("direction_names", None)
    meta["directions"] = [asdict(facts) for facts in directions.facts]
    meta["hash"] = weights_hash(tensors)
    beside = path.with_name(path.name + ".new")
    save_file(tensors, beside, metadata={KEY: json.dumps(meta, sort_keys=True)})
    beside.replace(path)
    return str(meta["hash"])


def trained(name: str, rung: int) -> bool:
    """Say whether a generator tensor belongs to the rungs up to the one trained."""
    kind, _, rest = name.partition(".")
    if kind == "blocks":
        return int(rest.split(".")[0]) < rung
    if kind == "to_image":
        return int(rest.split(".")[0]) <= rung
    return True


def load_model(path: Path) -> Model:
    """Return the model in a file; ValueError says what is wrong with it, nothing is executed."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name}: larger than 1 GiB, not a Mammoscope model")
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {}).get(KEY, "null"))
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: not a safetensors model file ({error})") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise ValueError(f"{path.name}: not a Mammoscope model of format {FORMAT}")
    mark = weights_hash(tensors)
    if meta.get("hash") != mark:
        raise ValueError(f"{path.name}: damaged (its weights do not match its hash)")
    return _assemble(path.name, meta, tensors, mark)


def _assemble(name: str, meta: dict[str, Any], tensors: dict[str, Tensor], mark: str) -> Model:
    for key, value in tensors.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"{name}: {key} holds numbers that are not finite")
    try:
        generator = Generator(NetworkConfig.from_dict(meta["network"]))
        card = ModelCard(**meta["card"])
        steps = tensors.pop("directions").numpy()
        state = {k.removeprefix("generator."): v.float() for k, v in tensors.items()}
        generator.load_state_dict(state)
        facts = _direction_facts(meta)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{name}: not a complete Mammoscope model ({error})") from error
    if steps.shape != (len(facts), generator.config.latent):
        raise ValueError(f"{name}: facts of {len(facts)} directions for {steps.shape} numbers")
    if len(facts) and not np.linalg.norm(steps, axis=1).all():
        raise ValueError(f"{name}: a direction of no length")
    generator.eval().requires_grad_(False)
    return Model(
        generator=generator,
        card=card,
        directions=Directions(steps=steps, facts=facts),
        hash=mark,
    )


def _direction_facts(meta: dict[str, Any]) -> tuple[DirectionFacts, ...]:
    """Return the facts of the directions; files of the first release held only their names."""
    if "direction_names" in meta:
        return tuple(DirectionFacts(name=str(name)) for name in meta["direction_names"])
    return tuple(DirectionFacts(**facts) for facts in meta["directions"])

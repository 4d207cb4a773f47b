"""Model files: weights as safetensors, everything else as JSON in its metadata; never a pickle."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from gan.config import NetworkConfig
from gan.latent import Latent
from gan.networks import Critic, Generator
from gan.previews import Previews

FORMAT = 2  #: 1 had neither critics nor previews, and is still read
KEY = "mammoscope_model"
PHOTOMETRIC = "air -1, brightest +1; chest wall at the left edge; uint16 = (x + 1) / 2"
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
    opening: int = 0  #: seed of the exam the application shows first
    facts: Mapping[str, str] = field(default_factory=dict)


Kind = Literal["measured", "predicted", "feature", "factorised", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionFacts:
    """What is known of a direction through the latent space."""

    name: str
    kind: Kind = "factorised"
    r2: float | None = None  #: of the fit, on latents it has not seen
    reach: float = 3.0  #: steps to either side that are sensible
    spread: float | None = None  #: one step in the attribute's own unit
    slope: float | None = None  #: measured change per step asked, on latents not seen
    told: float | None = None  #: R2 of a prediction on held-out patients, of predicted ones


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
    previews: Previews
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CriticModel:
    """A critic, kept apart from the generator it was trained with, to go on training both."""

    critic: Critic
    card: ModelCard
    hash: str


def save_model(
    path: Path,
    generator: Generator,
    card: ModelCard,
    directions: Directions,
    *,
    previews: Previews | None = None,
    float16: bool = False,
) -> str:
    """Write a model file, of the rungs up to the one trained; returns its hash.

    Half precision halves the file; what is drawn differs by about a thousandth. ValueError when a
    weight is not finite or does not fit.
    """
    tensors = _kept("generator", generator, card.rung, float16)
    tensors["directions"] = torch.from_numpy(np.ascontiguousarray(directions.steps, np.float32))
    previews = previews or Previews()
    for r, (weight, bias) in enumerate(previews.heads):
        tensors |= {f"previews.{r}.weight": weight, f"previews.{r}.bias": bias}
    about = {
        "directions": [asdict(facts) for facts in directions.facts],
        "preview_errors": {"before": previews.before, "after": previews.after},
    }
    return _save(path, "generator", generator.config, card, tensors, about)


def save_critic(path: Path, critic: Critic, card: ModelCard, *, float16: bool = False) -> str:
    """Write a critic to a file of its own; returns its hash."""
    tensors = _kept("critic", critic, card.rung, float16)
    return _save(path, "critic", critic.config, card, tensors, {})


def _kept(kind: str, network: nn.Module, rung: int, float16: bool) -> dict[str, Tensor]:
    tensors = {}
    for name, value in network.state_dict().items():
        if trained(name, rung):
            stored = value.detach().cpu().to(torch.float16 if float16 else torch.float32)
            if not torch.isfinite(stored).all():
                raise ValueError(f"{kind}: {name} holds numbers that are not finite {stored.dtype}")
            tensors[f"{kind}.{name}"] = stored.contiguous()
    return tensors


def _save(
    path: Path,
    kind: str,
    network: NetworkConfig,
    card: ModelCard,
    tensors: dict[str, Tensor],
    about: Mapping[str, Any],
) -> str:
    mark = weights_hash(tensors)
    config = replace(network, rungs=card.rung + 1)
    meta = {
        "format": FORMAT,
        "kind": kind,
        "network": config.to_dict(),
        "conditioning": config.conditioning,
        "image_channels": ["CC", "MLO"] if config.pair else ["grey"],
        "photometric": PHOTOMETRIC,
        "hash": mark,
        "card": {name: getattr(card, name) for name in ModelCard.__slots__},
        **about,
    }
    _write(path, tensors, meta)
    return mark


def _write(path: Path, tensors: dict[str, Tensor], meta: Mapping[str, Any]) -> None:
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(save(tensors, metadata={KEY: json.dumps(meta, sort_keys=True)}))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def replace_directions(path: Path, directions: Directions) -> str:
    """Write other directions into a model file, all else as it is; returns its new hash.

    The hash is another one: recipes of the file as it was would mean other exams.
    """
    meta, tensors = _read(path, "generator")
    tensors["directions"] = torch.from_numpy(np.ascontiguousarray(directions.steps, np.float32))
    meta.pop("direction_names", None)
    meta["directions"] = [asdict(facts) for facts in directions.facts]
    meta["hash"] = weights_hash(tensors)
    _write(path, tensors, meta)
    return str(meta["hash"])


def replace_opening(path: Path, seed: int, rule: str) -> None:
    """Write into a model file which exam is shown first, and by which rule it was chosen."""
    meta, tensors = _read(path, "generator")
    meta["card"]["opening"] = seed
    meta["card"]["facts"]["first exam"] = rule
    _write(path, tensors, meta)


def trained(name: str, rung: int) -> bool:
    """Say whether a network's tensor belongs to the rungs up to the one trained."""
    kind, _, rest = name.partition(".")
    if kind == "blocks":
        return int(rest.split(".")[0]) < rung
    if kind in ("to_image", "from_image"):
        return int(rest.split(".")[0]) <= rung
    return True


def load_model(path: Path) -> Model:
    """Return the model in a file; ValueError says what is wrong with it, nothing is executed."""
    meta, tensors = _read(path, "generator")
    with _complete(path):
        config = NetworkConfig.from_dict(meta["network"])
        with torch.device("meta"):  # its sizes only: a file may ask for a network of terabytes
            _check_size(Generator(config), tensors)
        generator = Generator(config)
        steps, facts = tensors.pop("directions").numpy(), _direction_facts(meta)
        previews = _previews(generator.config, tensors, meta.get("preview_errors", {}))
        _fill(generator, "generator", tensors)
        card = _card(meta)
    if steps.shape != (len(facts), generator.config.latent):
        raise ValueError(f"{path.name}: facts of {len(facts)} directions for {steps.shape} numbers")
    if len(facts) and not np.linalg.norm(steps, axis=1).all():
        raise ValueError(f"{path.name}: a direction of no length")
    return Model(
        generator=generator,
        card=card,
        directions=Directions(steps=steps, facts=facts),
        previews=previews,
        hash=meta["hash"],
    )


def load_critic(path: Path) -> CriticModel:
    """Return the critic in a file of its own; ValueError says what is wrong with it."""
    meta, tensors = _read(path, "critic")
    with _complete(path):
        config = NetworkConfig.from_dict(meta["network"])
        with torch.device("meta"):
            _check_size(Critic(config), tensors)
        critic = Critic(config)
        _fill(critic, "critic", tensors)
        card = _card(meta)
    return CriticModel(critic=critic, card=card, hash=meta["hash"])


def _read(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return metadata and tensors of a model file of this kind, whole and of finite numbers."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name}: larger than 1 GiB, not a Mammoscope model")
    try:
        with safe_open(path, framework="pt") as file:
            meta = json.loads((file.metadata() or {}).get(KEY, "null"))
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: not a safetensors model file ({error})") from error
    if not isinstance(meta, dict) or meta.get("format") not in range(1, FORMAT + 1):
        raise ValueError(f"{path.name}: not a Mammoscope model of format {FORMAT} or before")
    found = meta.get("kind", "generator")
    if found != kind:
        raise ValueError(f"{path.name}: holds a {found}, where a {kind} is needed")
    if meta.get("hash") != weights_hash(tensors):
        raise ValueError(f"{path.name}: damaged (its weights do not match its hash)")
    for name, value in tensors.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"{path.name}: {name} holds numbers that are not finite")
    return meta, tensors


@contextlib.contextmanager
def _complete(path: Path) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"{path.name}: not a complete Mammoscope model ({error})") from error


def _check_size(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Raise TypeError when a file asks for a network far larger than what it holds.

    Names and shapes are compared, strictly, when the weights are put in.
    """
    asked = sum(value.numel() for value in network.state_dict().values())
    held = sum(value.numel() for value in tensors.values())
    if asked > 2 * held:
        raise TypeError(f"a network of {asked:,} weights, of which the file holds {held:,}")


def _fill(network: nn.Module, kind: str, tensors: Mapping[str, Tensor]) -> None:
    network.load_state_dict({k.removeprefix(f"{kind}."): v.float() for k, v in tensors.items()})
    network.eval().requires_grad_(False)


def _card(meta: Mapping[str, Any]) -> ModelCard:
    """Return the card; TypeError where a file holds another kind of value than the card has."""
    card = ModelCard(**meta["card"])
    texts = [card.title, card.licence, card.attribution, card.trainset]
    numbers = [card.images_shown, card.rung, card.opening]
    if not all(isinstance(one, str) for one in [*texts, *card.facts, *card.facts.values()]):
        raise TypeError("a text of its card is none")
    if not all(isinstance(one, int) for one in numbers) or not isinstance(card.air, float | int):
        raise TypeError("a number of its card is none")
    return card


def _direction_facts(meta: Mapping[str, Any]) -> tuple[DirectionFacts, ...]:
    """Return the facts of the directions; files of the first release held only their names."""
    if "direction_names" in meta:
        return tuple(DirectionFacts(name=str(name)) for name in meta["direction_names"])
    told = tuple(DirectionFacts(**facts) for facts in meta["directions"])
    for one in told:
        numbers = [one.r2, one.spread, one.slope, one.told]
        if not isinstance(one.name, str) or one.kind not in get_args(Kind):
            raise TypeError("a direction without a name or of an unknown kind")
        if not all(isinstance(n, float | int | None) for n in numbers):
            raise TypeError(f"what is known of direction {one.name} is no number")
        if not isinstance(one.reach, float | int) or not one.reach > 0:
            raise TypeError(f"the reach of direction {one.name} is not above 0")
    return told


def _previews(
    config: NetworkConfig, tensors: dict[str, Tensor], errors: Mapping[str, Any]
) -> Previews:
    """Return the preview heads, taken out of a file's tensors; KeyError when one is missing."""
    if not any(name.startswith("previews.") for name in tensors):
        return Previews()
    heads = []
    for r in range(config.rungs - 1):
        weight, bias = (tensors.pop(f"previews.{r}.{name}") for name in ("weight", "bias"))
        images = config.image_channels
        summed = images if r and config.output == "skip" else 0
        if weight.shape != (images, config.channels(r) + summed) or bias.shape != (images,):
            raise TypeError(f"preview of rung {r} is {tuple(weight.shape)}")
        heads.append((weight.float(), bias.float()))
    return Previews(
        heads=tuple(heads), before=tuple(errors["before"]), after=tuple(errors["after"])
    )

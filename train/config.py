"""Settings of a training: dataclasses with their defaults, filled from a TOML preset."""

import dataclasses
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from gan.config import NetworkConfig
from gan.losses import LOSSES
from train.schedule import Growth

PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """Gradient penalties of the critic; lazy ones are paid every few steps, scaled up to match."""

    kind: Literal["wgan-gp", "r1", "r1+r2"] = "r1+r2"
    gamma: float = 1.0  #: at rung 0 for r1 and r1+r2; the weight, 10, for wgan-gp
    gamma_per_rung: float = 1.0  #: factor from one rung to the next
    every: int = 8

    def __post_init__(self) -> None:
        if self.kind not in ("wgan-gp", "r1", "r1+r2") or self.gamma < 0 or self.every < 1:
            raise ValueError(
                f"penalty: {self.kind}, gamma {self.gamma:g}, every {self.every}; allowed are "
                "wgan-gp, r1, r1+r2, gamma 0 and up, every 1 and up"
            )

    def weight(self, rung: int) -> float:
        """Return gamma at a rung."""
        return self.gamma * self.gamma_per_rung**rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Augment:
    """Anatomically allowed changes that reals and fakes both get before the critic sees them.

    No quarter turns and no vertical flip: neither exists in a hung mammogram. Shifts along the
    chest wall only, so that the breast stays attached to it.
    """

    probability: float = 0.0
    shift: float = 0.04  #: largest move along the chest wall, as a fraction of the height
    scale: float = 0.10  #: largest relative change of size, about the chest wall
    gain: float = 0.15  #: largest relative change of brightness above air
    cutout: float = 0.25  #: side of the square set to air, as a fraction of the height

    def __post_init__(self) -> None:
        if not all(0.0 <= getattr(self, f.name) <= 1.0 for f in fields(self)):
            raise ValueError("augment: probability, shift, scale, gain, cutout lie within 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything a run depends on, besides the training set; written into the run."""

    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    growth: Growth = field(default_factory=Growth)
    loss: str = "relativistic"
    penalty: Penalty = field(default_factory=Penalty)
    augment: Augment = field(default_factory=Augment)
    batch: tuple[int, ...] = (16,)  #: by rung; the last holds for all rungs above
    learning_rate: tuple[float, ...] = (1e-3,)  #: by rung, likewise
    beta2: float = 0.99
    epsilon: float = 1e-8
    reset_moments: bool = False  #: Adam's moments start anew when rung or fading changes
    average_kimg: float = 10.0  #: half-life of the averaged generator, in thousand images
    sheet_kimg: float = 2.0  #: a sheet of fixed latents this often
    save_kimg: float = 2.0  #: a checkpoint this often
    keep: int = 3  #: checkpoints kept besides the last of each rung

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"loss {self.loss!r}; allowed are {', '.join(LOSSES)}")
        if min(self.batch) < 1 or min(self.learning_rate) <= 0:
            raise ValueError("batch is at least 1 and learning_rate above 0 at every rung")
        if min(self.average_kimg, self.sheet_kimg, self.save_kimg) <= 0 or self.keep < 1:
            raise ValueError("average_kimg, sheet_kimg, save_kimg and keep must be above 0")
        if self.growth.top >= self.network.rungs:
            raise ValueError(
                f"growth ends at rung {self.growth.top}; the network has {self.network.rungs} rungs"
            )

    def batch_at(self, rung: int) -> int:
        """Return the batch size at a rung."""
        return self.batch[min(rung, len(self.batch) - 1)]

    def rate_at(self, rung: int) -> float:
        """Return the learning rate at a rung."""
        return self.learning_rate[min(rung, len(self.learning_rate) - 1)]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return dataclasses.asdict(self)


def build(kind: type[Any], raw: dict[str, Any], where: str) -> Any:
    """Return an instance of a settings dataclass; unknown keys and wrong types are ValueErrors."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in hints:
            raise ValueError(f"{where}: unknown key {key!r}; allowed are {', '.join(hints)}")
        hint = hints[key]
        if dataclasses.is_dataclass(hint):
            assert isinstance(hint, type)
            values[key] = build(hint, value, f"{where}.{key}")
        elif isinstance(value, list):
            values[key] = tuple(value)
        elif hint is float and isinstance(value, int) and not isinstance(value, bool):
            values[key] = float(value)
        elif hint in (int, float, bool, str) and type(value) is not hint:
            raise ValueError(f"{where}: {key} is {value!r}; {hint.__name__} is needed")
        else:
            values[key] = value
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error


def preset_names() -> list[str]:
    """Return the names of the presets that come with the trainer."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(preset: str, overrides: tuple[str, ...] = ()) -> TrainConfig:
    """Return the settings of a preset (a name, or a TOML file), with `key.sub=value` overrides."""
    path = Path(preset) if preset.endswith(".toml") else PRESETS / f"{preset}.toml"
    if not path.is_file():
        raise ValueError(f"preset {preset!r} not found; allowed are {', '.join(preset_names())}")
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    for override in overrides:
        key, found, text = override.partition("=")
        if not found:
            raise ValueError(f"--set {override}: write it as key=value, as in growth.top=5")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        *outer, last = key.strip().split(".")
        table = raw
        for name in outer:
            table = table.setdefault(name, {})
        table[last] = value
    config = build(TrainConfig, raw, path.stem)
    assert isinstance(config, TrainConfig)
    return config

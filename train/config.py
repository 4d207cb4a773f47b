"""Settings of a training: dataclasses with their defaults, filled from a TOML preset."""

import dataclasses
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints

from gan.config import NetworkConfig
from gan.losses import LOSSES
from train.schedule import Growth, Stage

PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """Gradient penalties of the critic; lazy ones are paid every few steps, scaled up to match."""

    kind: Literal["wgan-gp", "r1", "r1+r2"] = "r1+r2"
    gamma: float = 1.0  #: at rung 0 for r1 and r1+r2; the weight, 10, for wgan-gp
    gamma_per_rung: float = 1.0  #: factor from one rung to the next
    per_pixel: bool = False  #: gamma times height times width over batch (Karras et al. 2020)
    final: float = 1.0  #: fraction of gamma at the end, reached by a cosine over the last hold
    every: int = 8

    def __post_init__(self) -> None:
        fine = self.gamma >= 0 and self.every >= 1 and 0 < self.final <= 1
        if self.kind not in ("wgan-gp", "r1", "r1+r2") or not fine:
            raise ValueError(
                f"penalty: {self.kind}, gamma {self.gamma:g}, final {self.final:g}, every "
                f"{self.every}; allowed are wgan-gp, r1, r1+r2, gamma 0 and up, final above 0 up "
                "to 1, every 1 and up"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Augment:
    """Anatomically allowed changes that reals and fakes both get before the critic sees them.

    No quarter turns and no vertical flip: neither exists in a hung mammogram. Shifts and shear
    along the chest wall only, so that the breast stays attached to it.
    """

    probability: float = 0.0  #: of each change, for each image; where `target` is set, at the start
    ramp_kimg: float = 0.0  #: thousand images over which the probability rises from 0
    target: float = 0.0  #: 0, or the share to which probability adapts (see `train.adapt`)
    adapt_kimg: float = 50.0  #: thousand images in which adapting takes it from 0 to 1
    shift: float = 0.04  #: largest move along the chest wall, as a fraction of the height
    shear: float = 0.0  #: largest slope of what ran straight away from the chest wall
    scale: float = 0.10  #: largest relative change of size, about the chest wall
    gain: float = 0.15  #: largest relative change of brightness above air
    cutout: float = 0.25  #: side of the square set to air, as a fraction of the height

    def __post_init__(self) -> None:
        shares = ("probability", "target", "shift", "shear", "scale", "gain", "cutout")
        if not all(0.0 <= getattr(self, name) <= 1.0 for name in shares):
            raise ValueError(f"augment: {', '.join(shares)} lie within 0 to 1")
        if self.ramp_kimg < 0 or self.adapt_kimg <= 0:
            raise ValueError("augment: ramp_kimg is at least 0 and adapt_kimg above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything a run depends on, besides the training set; written into the run."""

    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    growth: Growth = field(default_factory=Growth)
    loss: str = "relativistic"
    penalty: Penalty = field(default_factory=Penalty)
    augment: Augment = field(default_factory=Augment)
    batch: tuple[int, ...] = (16,)  #: over all processes, by rung; the last holds above
    learning_rate: tuple[float, ...] = (1e-3,)  #: by rung, likewise
    beta2: float = 0.99
    epsilon: float = 1e-8
    reset_moments: bool = False  #: Adam's moments start anew when rung or fading changes
    redraw: bool = False  #: the generator's turn draws fakes anew, as in 2018; a tenth more work
    average_kimg: float = 10.0  #: half-life of the averaged generator, in thousand images
    average_per_step: float = 0.0  #: 0, or the share the average keeps at each step, as in 2018
    precision: Literal["fp32", "tf32", "bf16"] = "tf32"  #: of convolutions, on CUDA only
    sheet_kimg: float = 2.0  #: a tick this often: events and a sheet of fixed latents
    save_kimg: float = 2.0  #: a checkpoint this often
    save_minutes: float = 10.0  #: and at least this often
    keep: int = 3  #: checkpoints kept besides the last of each rung

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"loss {self.loss!r}; allowed are {', '.join(LOSSES)}")
        if self.precision not in ("fp32", "tf32", "bf16"):
            raise ValueError(f"precision {self.precision!r}; allowed are fp32, tf32, bf16")
        if min(self.batch) < 1 or min(self.learning_rate) <= 0:
            raise ValueError("batch is at least 1 and learning_rate above 0 at every rung")
        if self.keep < 1 or min(self.sheet_kimg, self.save_kimg, self.save_minutes) <= 0:
            raise ValueError("keep is at least 1; sheet_kimg, save_kimg, save_minutes above 0")
        if self.growth.top >= self.network.rungs:
            raise ValueError(
                f"growth ends at rung {self.growth.top}; the network has {self.network.rungs} rungs"
            )

    def batch_at(self, rung: int) -> int:
        """Return the batch size at a rung, over all processes."""
        return self.batch[min(rung, len(self.batch) - 1)]

    def rate_at(self, rung: int) -> float:
        """Return the learning rate at a rung."""
        return self.learning_rate[min(rung, len(self.learning_rate) - 1)]

    def gamma_at(self, images: int, stage: Stage) -> float:
        """Return the weight of the penalty after so many images shown.

        It may jump at a rung's first image: there the new rung shows the old one's pixels four
        times, so the squared gradient norm is a quarter of what it was.
        """
        penalty, rung = self.penalty, stage.rung
        gamma = penalty.gamma * penalty.gamma_per_rung**rung
        if penalty.per_pixel:
            height, width = self.network.size(rung)
            gamma *= height * width / self.batch_at(rung)
        if rung < self.growth.top:
            return gamma
        hold = self.growth.hold(rung)
        done = min(1.0, max(0.0, 1 - (stage.ends_at - images) / hold))
        share = penalty.final + (1 - penalty.final) * (1 + math.cos(math.pi * done)) / 2
        return gamma * share

    def strength_at(self, images: int) -> float:
        """Return the probability of each augmentation after so many images, before adapting."""
        ramp = 1000 * self.augment.ramp_kimg
        return self.augment.probability * (min(1.0, images / ramp) if ramp else 1.0)

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
            if not isinstance(value, dict):
                raise ValueError(f"{where}: {key} holds further keys, as in {key}.name=value")
            values[key] = build(hint, value, f"{where}.{key}")
        elif isinstance(value, list | tuple):
            values[key] = tuple(value)
        elif get_origin(hint) is tuple:
            raise ValueError(f"{where}: {key} is {value!r}; a list is needed, such as [1, 2]")
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
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: not TOML ({error})") from error
    return _built(raw, overrides, path.stem)


def overridden(config: TrainConfig, overrides: tuple[str, ...]) -> TrainConfig:
    """Return settings with `key.sub=value` overrides."""
    return _built(config.to_dict(), overrides, "settings")


def _built(raw: dict[str, Any], overrides: tuple[str, ...], where: str) -> TrainConfig:
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
            if not isinstance(table, dict):
                raise ValueError(f"--set {override}: {name} holds no further keys")
        table[last] = value
    config = build(TrainConfig, raw, where)
    assert isinstance(config, TrainConfig)
    return config

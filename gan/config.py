"""What a generator and critic are made of; kept inside every model file and checkpoint."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Ladder, widths, conditioning and options shared by generator and critic.

    Channels at rung r are width * min(channel_base / 2**(r + 1), channel_max), as Karras et al.
    2018 have them at width 1: 24 million parameters each. "Quarter width" is width 0.25.

    Conditioning is none, by labels (any of view, density and vendor), or by pair: two image
    channels are CC and MLO of one breast, made jointly. Pairs may have labels other than the view.
    """

    base: tuple[int, int] = (5, 4)  #: height, width of rung 0
    rungs: int = 9  #: rung r is base * 2**r; nine rungs end at 1280x1024, ten at 2560x2048
    image_channels: int = 1  #: two are a pair: CC, then MLO
    latent: int = 512
    channel_base: int = 8192
    channel_max: int = 512
    width: float = 1.0  #: factor on all channels
    labels: tuple[str, ...] = ()  #: views told to both networks, such as CC and MLO
    densities: tuple[str, ...] = ()  #: breast density classes told, such as A, B, C and D
    vendors: tuple[str, ...] = ()  #: makers of the X-ray unit told
    label_dropout: float = 0.0  #: chance that a label is withheld in training; teaches "any"
    resample: Literal["nearest", "bilinear"] = "nearest"  #: of the generator
    output: Literal["fade", "skip"] = "fade"  #: skip sums the images of all rungs
    noise: bool = False  #: a map of noise enters every convolution of the generator
    deviation_group: int = 4

    def __post_init__(self) -> None:
        problems = {
            "base": min(self.base) >= 1,
            "rungs (1 to 12)": 1 <= self.rungs <= 12,
            "image_channels (1 or 2)": self.image_channels in (1, 2),
            "latent (2 to 4096)": 2 <= self.latent <= 4096,
            "channel_base, channel_max (2 to 65536)": 2 <= self.channel_max <= self.channel_base,
            "width (above 0 to 8)": 0 < self.width <= 8,
            "channel_base, width (too narrow for the top rung)": self._narrowest() >= 1,
            "resample (nearest, bilinear)": self.resample in ("nearest", "bilinear"),
            "output (fade, skip)": self.output in ("fade", "skip"),
            "labels, densities, vendors (each once)": all(
                len(set(classes)) == len(classes) for classes in self._classes().values()
            ),
            "labels (none where two channels are CC and MLO)": not (self.pair and self.labels),
            "label_dropout (0 to below 1)": 0 <= self.label_dropout < 1,
            "deviation_group (1 and up)": self.deviation_group >= 1,
        }
        wrong = [name for name, fine in problems.items() if not fine]
        if wrong:
            raise ValueError(f"network configuration: not allowed: {'; '.join(wrong)}")

    def _narrowest(self) -> float:
        return self.width * min(self.channel_base >> self.rungs, self.channel_max)

    def _classes(self) -> dict[str, tuple[str, ...]]:
        return {"view": self.labels, "density": self.densities, "vendor": self.vendors}

    @property
    def pair(self) -> bool:
        """Whether the two channels of an image are CC and MLO of one breast."""
        return self.image_channels == 2

    @property
    def conditioning(self) -> Literal["none", "labels", "pair"]:
        """What the networks are told besides the latent; a pair may have labels as well."""
        if self.pair:
            return "pair"
        return "labels" if self.label_kinds else "none"

    @property
    def label_kinds(self) -> dict[str, tuple[str, ...]]:
        """Return the classes of each kind of label that is told, in the order of label columns."""
        return {kind: classes for kind, classes in self._classes().items() if classes}

    @property
    def label_width(self) -> int:
        """Return the length of all labels as one-hot vectors side by side."""
        return sum(len(classes) for classes in self.label_kinds.values())

    def channels(self, rung: int) -> int:
        """Return the feature channels at a rung."""
        return round(self.width * min(self.channel_base >> (rung + 1), self.channel_max))

    def size(self, rung: int) -> tuple[int, int]:
        """Return (height, width) in pixels of a rung."""
        return self.base[0] * 2**rung, self.base[1] * 2**rung

    def noise_sizes(self, rung: int) -> list[tuple[int, int]]:
        """Return (height, width) of each noise map up to a rung, in the order they enter."""
        if not self.noise:
            return []
        return [self.size(0)] + [self.size(r) for r in range(1, rung + 1) for _ in range(2)]

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Self:
        """Return the configuration `to_dict` wrote; unknown keys are a ValueError."""
        unknown = set(raw) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"network configuration: unknown keys {sorted(unknown)}")
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        return cls(**values)

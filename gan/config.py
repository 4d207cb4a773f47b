"""What a generator and critic are made of; kept inside every model file and checkpoint."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Ladder, widths and options shared by generator and critic.

    Channels at rung r are min(channel_base / 2**(r + 1), channel_max), as Karras et al. 2018 have
    them: 8192 and 512 give 24 million parameters each, 2048 and 128 are "quarter width".
    """

    base: tuple[int, int] = (5, 4)  #: height, width of rung 0
    rungs: int = 9  #: rung r is base * 2**r; nine rungs end at 1280x1024
    image_channels: int = 1
    latent: int = 512
    channel_base: int = 8192
    channel_max: int = 512
    labels: tuple[str, ...] = ()  #: classes given to both networks, such as CC and MLO
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
            "channel_base (too narrow for its top rung)": self.channels(self.rungs - 1) >= 1,
            "resample (nearest, bilinear)": self.resample in ("nearest", "bilinear"),
            "output (fade, skip)": self.output in ("fade", "skip"),
            "labels (each once)": len(set(self.labels)) == len(self.labels),
        }
        wrong = [name for name, fine in problems.items() if not fine]
        if wrong:
            raise ValueError(f"network configuration: not allowed: {'; '.join(wrong)}")

    def channels(self, rung: int) -> int:
        """Return the feature channels at a rung."""
        return min(self.channel_base >> (rung + 1), self.channel_max)

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

"""What a run's state is besides tensors."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All of a run's state that is no tensor; JSON-ready."""

    shown: int = 0
    steps: int = 0
    ends: tuple[int, ...] = ()  #: images shown when each rung was left early or on time
    measured: tuple[float, ...] = ()  #: sliced Wasserstein distances of this rung, oldest first
    parts: int = 1  #: parts the batch is split into at this rung, to fit the memory
    rollbacks: int = 0  #: each halves the learning rate and changes the random numbers

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Progress":
        """Return the progress a checkpoint tells; what an older one lacks is at its start."""
        names = {f.name for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in facts.items() if k in names
        }
        return cls(**values)

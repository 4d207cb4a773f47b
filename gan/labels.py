"""Labels as whole numbers: which view, density class and vendor an image is or shall be of.

A label tensor is (n, kinds), int64: one column for each of `config.label_kinds`, holding the index
of the class, or `ANY`. A tensor (n,) is the first kind alone; all others are then any. Any is a
vector of zeros for both networks: training teaches it by withholding labels (`withheld`).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gan.config import NetworkConfig

ANY = -1


def indices(config: NetworkConfig, known: Mapping[str, str]) -> list[int]:
    """Return the class indices of what is known of an image, by kind, as one row of labels.

    A kind that is missing, empty or of a class that `config` does not have is `ANY`.
    """
    return [
        classes.index(known[kind]) if known.get(kind) in classes else ANY
        for kind, classes in config.label_kinds.items()
    ]


def wanted(config: NetworkConfig, rows: Sequence[Mapping[str, str]]) -> Tensor | None:
    """Return labels, (n, kinds), for images that are asked for; None when nothing is told.

    Each row names classes by kind; an empty or missing one is any. ValueError for a kind or class
    that the networks do not know, and for any where training withheld no labels.
    """
    kinds = config.label_kinds
    for row in rows:
        for kind, name in row.items():
            if name and name not in kinds.get(kind, ()):
                allowed = ", ".join(kinds.get(kind, ())) or "nothing, it was not trained with any"
                raise ValueError(f"{kind} {name!r}: this model knows {allowed}")
    if not kinds:
        return None
    label = torch.tensor([indices(config, row) for row in rows])
    if config.label_dropout == 0 and bool((label == ANY).any()):
        raise ValueError(f"this model has to be told all of: {', '.join(kinds)}")
    return label


def usual(config: NetworkConfig) -> dict[str, str]:
    """Return what to ask for when nobody says: any where it was taught, else each first class."""
    return {kind: "" if config.label_dropout else c[0] for kind, c in config.label_kinds.items()}


def every(config: NetworkConfig, n: int) -> Tensor | None:
    """Return labels, (n, kinds), that go through all combinations of classes in turn."""
    columns, step = [], 1
    for classes in config.label_kinds.values():
        columns.append(torch.arange(n) // step % len(classes))
        step *= len(classes)
    return torch.stack(columns, dim=1) if columns else None


def withheld(config: NetworkConfig, label: Tensor, draw: torch.Generator) -> Tensor:
    """Return labels, each replaced by any with the chance `config.label_dropout`.

    `draw` lives on the CPU; labels, (n,) or (n, kinds), on any device.
    """
    if config.label_dropout == 0:
        return label
    gone = torch.rand(label.shape, generator=draw) < config.label_dropout
    return label.masked_fill(gone.to(label.device), ANY)


def one_hot(config: NetworkConfig, label: Tensor | None, like: Tensor) -> Tensor:
    """Return labels as 0 and 1, (n, label_width), zeros for any, of the type and place of `like`.

    Labels may be left out only where training withheld them.
    """
    n, kinds = like.shape[0], config.label_kinds
    if label is None:
        assert config.label_dropout > 0 or not kinds, "conditioned networks: labels are needed"
        return like.new_zeros(n, config.label_width)
    if label.dim() == 1:
        label = label.unsqueeze(1)
    assert label.shape[1] in (1, len(kinds)), f"labels {tuple(label.shape)} for {list(kinds)}"
    parts = [
        label[:, column, None] == torch.arange(len(classes), device=label.device)
        for column, classes in enumerate(kinds.values())
        if column < label.shape[1]
    ]
    hot = torch.cat(parts, dim=1).to(like)
    return torch.nn.functional.pad(hot, (0, config.label_width - hot.shape[1]))

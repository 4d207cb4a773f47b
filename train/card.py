"""The model card of an export: what the model makes, from what, how well, and where it ends."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.checkpoint import Model
from gan.trainset import Record, TrainingSet
from train.config import TrainConfig

FEW = 2000  #: training images below which copying is a danger worth a line
STANDING = (
    "Not for diagnosis, and not for training a diagnostic system without validation of its own. "
    "Every picture and file that Mammoscope makes with it is marked SYNTHETIC.",
    "It shows what the training images showed: machines, sites, people and findings that are rare "
    "or absent there are rare or absent here.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What `mammoscope evaluate` found, as its evaluation.json says it."""

    model: str  #: hash of the model that was judged
    images: Mapping[str, int]
    metrics: Mapping[str, Mapping[str, Any]]


def evaluation_of(path: Path) -> Evaluation:
    """Return an evaluation from its JSON file, or from the folder that holds it."""
    file = path / "evaluation.json" if path.is_dir() else path
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return Evaluation(
            model=raw["model"]["hash"], images=raw["images"], metrics=dict(raw["metrics"])
        )
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{file.name}: not an evaluation ({error})") from error


def model_card(
    model: Model,
    file: Path,
    *,
    config: TrainConfig,
    hours: float,
    trainset: TrainingSet | None = None,
    evaluation: Evaluation | None = None,
    limits: Sequence[str] = (),
) -> str:
    """Return the card as Markdown; ValueError when set or evaluation belong to something else."""
    if trainset is not None and trainset.fingerprint != model.card.trainset:
        raise ValueError(
            f"{trainset.folder.name}: not the set this model was trained on "
            f"({trainset.fingerprint[:12]}, not {model.card.trainset[:12]})"
        )
    if evaluation is not None and evaluation.model != model.hash:
        raise ValueError(
            f"the evaluation is of another model ({evaluation.model[:12]}, not {model.hash[:12]})"
        )
    parts = [
        f"# Model card: {model.card.title}",
        _table(("", ""), _facts(model, file, config, hours)),
        "## Data",
        *_data(model, trainset),
        "## Previews",
        *_previews(model),
        "## Figures",
        *_figures(evaluation),
        "## Limits",
        "\n".join(f"- {limit}" for limit in (*_found_limits(model, trainset), *limits, *STANDING)),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(
    model: Model, file: Path, config: TrainConfig, hours: float
) -> Iterable[tuple[str, str]]:
    network, card = model.config, model.card
    height, width = network.size(network.rungs - 1)
    made = "CC and MLO of one breast" if network.pair else "one mammogram"
    weights = sum(p.numel() for p in model.generator.parameters())
    yield "makes", f"{made}, {height}x{width} pixels, from {network.latent} numbers"
    yield "file", f"`{file.name}`, {file.stat().st_size / 2**20:.1f} MiB, hash {model.hash[:12]}"
    widest, thinnest = network.channels(0), network.channels(network.rungs - 1)
    yield (
        "network",
        f"progressive generator, {weights / 1e6:.2f} million weights, {widest} to {thinnest} "
        f"channels, {network.resample} doubling, "
        + ("summed outputs" if network.output == "skip" else "one output")
        + (", noise inputs" if network.noise else ""),
    )
    kinds = [f"{kind} ({', '.join(c)})" for kind, c in network.label_kinds.items()]
    told = "; ".join(kinds) or "nothing"
    yield "told", told + (", or any" if kinds and network.label_dropout else "")
    yield (
        "training",
        f"{card.images_shown:,} images shown in {hours:.1f} h, loss {config.loss}, penalty "
        f"{config.penalty.kind}, seed {config.seed}",
    )
    yield "licence of the weights", card.licence


def _data(model: Model, trainset: TrainingSet | None) -> Iterable[str]:
    if trainset is None:
        yield f"Training set {model.card.trainset[:12] or 'not stated'}; its counts were not given."
    else:
        yield f"Training set {trainset.fingerprint[:12]}."
        yield _table(("", "train", "held out"), _counts(trainset.records))
    yield "\n".join(f"> {line}" for line in model.card.attribution.splitlines())


def _counts(records: Sequence[Record]) -> Iterable[tuple[str, ...]]:
    halves = [[r for r in records if r.split == split] for split in ("train", "held-out")]
    yield "images", *(f"{len(half):,}" for half in halves)
    yield "patients", *(f"{len({r.patient for r in half}):,}" for half in halves)
    for kind in ("view", "density", "vendor"):
        counts = [Counter(getattr(r, kind) or "not known" for r in half) for half in halves]
        for name in sorted(counts[0] | counts[1]):
            yield f"{kind} {name}", *(f"{count[name]:,}" for count in counts)


def _previews(model: Model) -> Iterable[str]:
    previews = model.previews
    if not previews.heads:
        yield "None: lower rungs are drawn with the heads that training left."
        return
    yield (
        "Root mean square distance of each lower rung to the full picture averaged to its size, "
        "on exams that the heads were not fitted on; air to white is 2."
    )
    rows = [
        ("x".join(map(str, model.config.size(r))), f"{before:.4f}", f"{after:.4f}")
        for r, (before, after) in enumerate(zip(previews.before, previews.after, strict=True))
    ]
    yield _table(("rung", "as trained", "fitted"), rows)


def _figures(evaluation: Evaluation | None) -> Iterable[str]:
    if evaluation is None:
        yield "Not evaluated."
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in evaluation.images.items())
    yield f"`mammoscope evaluate` on {counts} images; value with its 95 % interval."
    rows = [
        (metric["title"], name, *(_interval(figure.get(k)) for k in ("generated", "real", "ratio")))
        for metric in evaluation.metrics.values()
        for name, figure in metric["figures"].items()
    ]
    yield _table(("metric", "figure", "generated", "real", "ratio"), rows)


def _interval(value: Mapping[str, float | None] | None) -> str:
    if value is None or value.get("value") is None:
        return ""
    text = f"{value['value']:.3g}"
    low, high = value.get("low"), value.get("high")
    return text if low is None or high is None else f"{text} ({low:.3g} to {high:.3g})"


def _found_limits(model: Model, trainset: TrainingSet | None) -> Iterable[str]:
    height, width = model.config.size(model.config.rungs - 1)
    if height < 1280:
        yield f"{height}x{width} pixels are far fewer than a mammogram has: no calcifications."
    if trainset is not None:
        count = sum(record.split == "train" for record in trainset.records)
        if count < FEW:
            yield (
                f"With {count:,} training images a generator can come close to copying: look at "
                "the memorisation figures before pictures are passed on."
            )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in r) + " |" for r in lines)

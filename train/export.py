"""From a run to a model file with its card: `python -m train.export RUN --out FILE`."""

import argparse
import itertools
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from torch import Tensor

    from gan.networks import Critic, Generator
    from train.config import TrainConfig

SAMPLES = 500  #: exams that directions are found from; `mammoscope directions` takes more


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    """Networks of a checkpoint up to the last rung that has fully faded in, and what is known."""

    generator: "Generator"
    critic: "Critic"
    config: "TrainConfig"
    rung: int
    shown: int


def finished(run: Path, checkpoint: Path | None = None) -> Finished:
    """Return the averaged generator and the critic of a run's newest (or a given) checkpoint.

    ValueError when the run has no whole checkpoint, or the first rung is still being trained.
    """
    from gan.networks import Critic, Generator
    from train import checkpoint as checkpoints
    from train.run import settings

    path = checkpoint or checkpoints.newest(run / "checkpoints")
    if path is None:
        raise ValueError(f"{run.name}: holds no whole checkpoint to export")
    config, whole = settings(run), checkpoints.load(path)
    stage = whole.facts["stage"]
    # A rung that is still fading in is not finished: the one below is what has been learnt.
    rung = int(stage["rung"]) - (1 if float(stage["alpha"]) < 1.0 else 0)
    if rung < 0:
        raise ValueError(f"{run.name}: the first rung is still being trained")
    network = replace(config.network, rungs=rung + 1)
    generator, critic = Generator(network), Critic(network)
    generator.load_state_dict(_part(whole.tensors, "average", rung))
    critic.load_state_dict(_part(whole.tensors, "critic", rung))
    return Finished(
        generator=generator.eval().requires_grad_(False),
        critic=critic.eval().requires_grad_(False),
        config=config,
        rung=rung,
        shown=int(str(whole.facts["shown"])),
    )


def _part(tensors: "Mapping[str, Tensor]", name: str, rung: int) -> "dict[str, Tensor]":
    from gan.checkpoint import trained

    own = {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
    return {k: v for k, v in own.items() if trained(k, rung)}


def export(
    run: Path,
    out: Path,
    *,
    title: str,
    licence: str,
    attribution: str,
    checkpoint: Path | None = None,
    critic: Path | None = None,
    float16: bool = False,
    said: Callable[[str], object] = lambda words: None,
) -> str:
    """Write the model file of a run, with directions and preview heads; returns its hash.

    With `critic`, that network is written to a file of its own, to go on training with. `said`
    hears what is being done. ValueError as `finished` has it.
    """
    from gan.checkpoint import ModelCard, save_critic, save_model
    from gan.directions import find, ground
    from gan.inference import Drawer
    from gan.previews import fitted

    done = finished(run, checkpoint)
    said("fitting previews")
    previews = fitted(done.generator)
    said("finding directions")
    draw = Drawer(done.generator, previews.heads)
    air = ground(done.generator, done.rung, draw=draw)
    samples = max(SAMPLES, 4 * done.config.network.latent)
    directions = find(done.generator, air, done.rung, samples=samples, draw=draw)
    height, width = done.config.network.size(done.rung)
    card = ModelCard(
        title=title,
        licence=licence,
        attribution=attribution,
        trainset=_trainset(run),
        images_shown=done.shown,
        rung=done.rung,
        air=air,
        facts={
            "size": f"{height}x{width}",
            "loss": done.config.loss,
            "seed": str(done.config.seed),
        },
    )
    if critic is not None:
        save_critic(critic, done.critic, card, float16=float16)
    return save_model(out, done.generator, card, directions, previews=previews, float16=float16)


def _events(run: Path) -> list[dict[str, Any]]:
    lines = (run / "events.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _trainset(run: Path) -> str:
    """Return the fingerprint of the training set from the run's events."""
    return next((str(e["set"]) for e in _events(run) if e["event"] == "started"), "")


def _hours(run: Path) -> float:
    """Return for how long a run was trained, pauses between stop and resumption left out."""
    pairs = itertools.pairwise(_events(run))
    gone = (b["time"] - a["time"] for a, b in pairs if b["event"] not in ("started", "resumed"))
    return float(sum(gone)) / 3600


def write_card(
    run: Path,
    out: Path,
    to: Path,
    *,
    trainset: Path | None = None,
    evaluation: Path | None = None,
    limits: tuple[str, ...] = (),
) -> None:
    """Write the card of a model file that was exported from a run, as Markdown."""
    from gan.checkpoint import load_model
    from gan.trainset import open_set
    from train.card import evaluation_of, model_card
    from train.run import settings

    text = model_card(
        load_model(out),
        out,
        config=settings(run),
        hours=_hours(run),
        trainset=None if trainset is None else open_set(trainset),
        evaluation=None if evaluation is None else evaluation_of(evaluation),
        limits=limits,
    )
    to.write_text(text, encoding="utf-8")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mammoscope export", description=__doc__)
    add = parser.add_argument
    add("run", type=Path, metavar="RUN")
    add("--out", type=Path, required=True, metavar="FILE", help="the model file")
    add("--checkpoint", type=Path, metavar="FILE", help="default: the newest of the run")
    add("--critic", type=Path, metavar="FILE", help="write the critic, too, for fine-tuning")
    add("--float16", action="store_true", help="half the size; pictures differ by a thousandth")
    add("--title", default="Mammoscope generator")
    add("--licence", default="not stated")
    add("--attribution", default="not stated", help="who made the training images, how to cite")
    add("--set", type=Path, metavar="SET", help="training set, for the counts on the card")
    add("--evaluation", type=Path, metavar="JSON", help="from mammoscope evaluate, for the card")
    add("--limits", action="append", default=[], metavar="TEXT", help="a line for the card")
    add("--card-only", action="store_true", help="write the card of FILE, which is there already")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Export; returns the exit code."""
    given = _arguments().parse_args(arguments)
    try:
        if not given.card_only:
            mark = export(
                given.run,
                given.out,
                title=given.title,
                licence=given.licence,
                attribution=given.attribution,
                checkpoint=given.checkpoint,
                critic=given.critic,
                float16=given.float16,
                said=lambda words: sys.stderr.write(f"{words}\n"),
            )
            sys.stdout.write(f"{given.out.name} {mark}\n")
        card = given.out.with_suffix(".md")
        write_card(
            given.run,
            given.out,
            card,
            trainset=given.set,
            evaluation=given.evaluation,
            limits=tuple(given.limits),
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{card.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

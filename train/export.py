"""From a run to a model file: `python -m train.export RUN --out FILE`."""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SAMPLES = 500  #: exams that directions are found from; `mammoscope directions` takes more


def export(
    run: Path,
    out: Path,
    *,
    title: str,
    licence: str,
    attribution: str,
    checkpoint: Path | None = None,
) -> str:
    """Write the averaged generator of a run's newest (or a given) checkpoint; returns its hash.

    ValueError when the run has no whole checkpoint, or the first rung is still being trained.
    """
    from gan.checkpoint import ModelCard, save_model
    from gan.directions import find, ground
    from gan.networks import Generator
    from train import checkpoint as checkpoints
    from train.config import TrainConfig, build

    path = checkpoint or checkpoints.newest(run / "checkpoints")
    if path is None:
        raise ValueError(f"{run.name}: holds no whole checkpoint to export")
    config = build(TrainConfig, json.loads((run / "config.json").read_text("utf-8")), run.name)
    whole = checkpoints.load(path)
    state, facts = whole.tensors, whole.facts
    stage = facts["stage"]
    assert isinstance(stage, dict)
    # A rung that is still fading in is not finished: the one below is what has been learnt.
    rung = int(stage["rung"]) - (1 if float(stage["alpha"]) < 1.0 else 0)
    if rung < 0:
        raise ValueError(f"{run.name}: the first rung is still being trained")
    generator = Generator(config.network)
    own = {k.removeprefix("average."): v for k, v in state.items() if k.startswith("average.")}
    generator.load_state_dict(own)
    generator.eval().requires_grad_(False)
    air = ground(generator, rung)
    directions = find(generator, air, rung, samples=max(SAMPLES, 4 * config.network.latent))
    height, width = config.network.size(rung)
    card = ModelCard(
        title=title,
        licence=licence,
        attribution=attribution,
        trainset=_trainset(run),
        images_shown=int(str(facts["shown"])),
        rung=rung,
        air=air,
        facts={"size": f"{height}x{width}", "loss": config.loss, "seed": str(config.seed)},
    )
    return save_model(out, generator, card, directions)


def _trainset(run: Path) -> str:
    """Return the fingerprint of the training set from the run's events."""
    for line in (run / "events.jsonl").read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "started":
            return str(event["set"])
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Export; returns the exit code."""
    parser = argparse.ArgumentParser(prog="mammoscope export", description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--checkpoint", type=Path, help="default: the newest of the run")
    parser.add_argument("--title", default="Mammoscope generator")
    parser.add_argument("--licence", default="not stated")
    parser.add_argument("--attribution", default="not stated")
    given = parser.parse_args(arguments)
    try:
        mark = export(
            given.run,
            given.out,
            title=given.title,
            licence=given.licence,
            attribution=given.attribution,
            checkpoint=given.checkpoint,
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{given.out.name} {mark}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

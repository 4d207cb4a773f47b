"""A run on disk: its settings, events, checkpoints and sheets; only the leading process writes."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from train import checkpoint
from train.config import TrainConfig, build
from train.events import Events
from train.sheets import write_fakes, write_reals
from train.trainer import Trainer

SETTINGS = "config.json"
ROLLBACKS = 3  #: so many are tried before training gives up
REFUSALS = 3  #: so many checkpoints in a row may fail to be written


def settings(folder: Path) -> TrainConfig:
    """Return the settings a run was started with; ValueError when there are none."""
    try:
        raw = json.loads((folder / SETTINGS).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"{folder.name}: no run to resume ({SETTINGS} is missing)") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{folder.name}/{SETTINGS}: not JSON ({error})") from error
    config = build(TrainConfig, raw, folder.name)
    assert isinstance(config, TrainConfig)
    return config


class Run:
    """The folder of a run, and what its trainer writes there."""

    def __init__(self, folder: Path, trainer: Trainer) -> None:
        self.folder, self.trainer = folder, trainer
        self.checkpoints = folder / "checkpoints"
        self.leads = trainer.world.leads
        self.events = Events(folder / "events.jsonl", silent=not self.leads)
        self.kept: Path | None = None  #: the last checkpoint written
        self.refused = 0  #: checkpoints in a row that could not be kept
        self.saved_at = time.monotonic()
        self.said: Callable[[str], object] = lambda text: None  #: where alarms are said as well
        if self.leads:
            for name in ("checkpoints", "sheets"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            checkpoint.sweep(self.checkpoints)

    def start(self) -> None:
        """Write the resolved settings."""
        if self.leads:
            text = json.dumps(self.trainer.config.to_dict(), indent=1)
            (self.folder / SETTINGS).write_text(text, encoding="utf-8")

    def tell(self, event: str, /, **facts: Any) -> None:
        """Write an event."""
        self.events.write(event, **{"shown": self.trainer.shown, **facts})

    def resume(self, before: int | None = None) -> bool:
        """Go on from the newest whole checkpoint (of fewer images than `before`), if there is one.

        Newer ones are deleted: what comes now takes their place.
        """
        world, path, tensors, facts = self.trainer.world, None, {}, {}
        if self.leads:
            path = checkpoint.newest(self.checkpoints, before)
            whole = checkpoint.load(path) if path else None
            if path and whole:
                tensors, facts = dict(whole.tensors), dict(whole.facts)
                if before is not None:
                    checkpoint.forget_after(path)
        facts = world.facts_from_lead(facts)
        if not facts:
            return False
        self.trainer.restore(world.from_lead(tensors), facts)
        self.kept = None
        self.tell("resumed", file=path.name if path else "")
        return True

    def roll_back(self, reason: str, before: int) -> None:
        """Go back to a whole checkpoint of fewer than `before` images, with half the rate.

        RuntimeError with the reason when there is none, or after too many times.
        """
        done = self.trainer.progress.rollbacks
        if done >= ROLLBACKS or not self.resume(before):
            tail = (
                f"; rolled back {done} times already" if done else "; no checkpoint to go back to"
            )
            raise RuntimeError(f"{reason}{tail}. Try a smaller learning_rate or a larger gamma")
        self.trainer.rolled_back(done + 1)
        self.tell("rolled_back", reason=reason, rate=self.trainer.rate)

    def save(self, *, last: bool = False) -> None:
        """Write a checkpoint and drop old ones; the last of each rung stays.

        When it can't be kept, the run goes on to try again a minute later; OSError the third time
        in a row, or when it was the last.
        """
        self.saved_at = time.monotonic()
        if not self.leads:
            return
        if not self.trainer.finite():  # the next step will tell, and training goes back
            self.alarm("checkpoint", "The weights are not finite; no checkpoint was written.")
            return
        tensors, facts = self.trainer.state()
        path = checkpoint.file_of(self.folder, self.trainer.shown, self.trainer.stage.rung)
        if path == self.kept:
            return
        try:
            mark = checkpoint.save(path, tensors, facts)
        except OSError as error:
            self.refused += 1
            self.alarm("checkpoint", f"The checkpoint could not be kept: {error}")
            if last or self.refused >= REFUSALS:
                raise
            return
        self.refused, self.kept = 0, path
        seconds = round(time.monotonic() - self.saved_at, 2)
        size = path.stat().st_size
        self.tell("saved", file=path.name, bytes=size, seconds=seconds, hash=mark)
        with contextlib.suppress(OSError):  # an old file that stays does no harm
            checkpoint.prune(self.checkpoints, self.trainer.config.keep)

    def save_due(self) -> bool:
        """Say whether it is time for a checkpoint by the clock."""
        wait = 1.0 if self.refused else self.trainer.config.save_minutes
        return time.monotonic() - self.saved_at >= 60 * wait

    def alarm(self, kind: str, text: str) -> None:
        """Tell of something a person should look at, in a sentence."""
        self.tell("alarm", kind=kind, text=text)
        self.said(text)

    def show_reals(self) -> None:
        """Write the sheet of reals, unless it is there."""
        path = self.folder / "sheets" / "reals.png"
        if self.leads and not path.exists():
            write_reals(path, self.trainer.reals, self.trainer.config)
            self.tell("sheet", file=path.name, rung=None)

    def show_fakes(self) -> None:
        """Write the sheet of fixed latents, drawn by the averaged generator."""
        if not self.leads:
            return
        trainer = self.trainer
        path = self.folder / "sheets" / f"fakes-{trainer.shown:09d}.png"
        write_fakes(path, trainer.average, trainer.stage)
        self.tell("sheet", file=path.name, rung=trainer.stage.rung)

"""The training loop, readable from top to bottom: steps, ticks, growth, checkpoints, requests."""

import contextlib
import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from train import guard, plan
from train.game import TOLD
from train.run import Run
from train.schedule import settled

if TYPE_CHECKING:
    from train.plateau import Judge

Tick = Mapping[str, Any]
LOOK_EVERY = 16  #: steps between looks at numbers on a GPU, each of which makes it wait


@contextlib.contextmanager
def stop_requests() -> Iterator[list[str]]:
    """Collect SIGTERM and Ctrl-C in a list instead of dying, so that the step can finish.

    The second one ends the process at once; the last checkpoint is whole in any case.
    """
    asked: list[str] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(signal.Signals(number).name)
        signal.signal(number, signal.SIG_DFL)

    before = {s: signal.signal(s, note) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Loop:
    """One training from now to its end: what has been seen since the last tick, and what is due."""

    def __init__(
        self, run: Run, until: int | None, told: Sequence[Callable[[Tick], object]]
    ) -> None:
        self.run, self.trainer, self.told = run, run.trainer, told
        self.until = until
        self.guard = guard.Guard()
        self.judge: Judge | None = None
        self.look_every = 1 if self.trainer.device.type == "cpu" else LOOK_EVERY
        self.healthy_until = self.trainer.shown
        self._begin()

    def _begin(self) -> None:
        self.sums = torch.zeros(len(TOLD), device=self.trainer.device)
        self.count, self.began, self.shown_then = 0, time.monotonic(), self.trainer.shown

    @property
    def end(self) -> int:
        """Images shown when to stop."""
        ends_at = self.trainer.ends_at
        return ends_at if self.until is None else min(self.until, ends_at)

    def once(self, asked: bool) -> bool:
        """Take one step and do what is due after it; returns whether to stop."""
        trainer, c = self.trainer, self.trainer.config
        before, rung = trainer.shown, trainer.stage.rung
        if trainer.enter().rung != rung:
            self.enter()
        parts = trainer.progress.parts
        told = trainer.step()
        self.sums, self.count = self.sums + told, self.count + 1
        if trainer.progress.parts != parts:
            self.run.tell("short", rung=trainer.stage.rung, parts=trainer.progress.parts)
        ticked = _passed(before, trainer.shown, c.sheet_kimg)
        saves = _passed(before, trainer.shown, c.save_kimg)
        # All processes must come to the same, so that no clock decides whether to look.
        looks = ticked or saves or trainer.progress.steps % self.look_every == 0
        if looks and self.broken(told):
            return False
        self.measure(before)
        if ticked:
            self.tick()
        if looks and trainer.world.most(asked) > 0:
            return True
        if saves or (looks and self.run.save_due()):
            self.run.save()
        return False

    def enter(self) -> None:
        """Make sure that the rung about to begin fits the device, and tell of it."""
        trainer = self.trainer
        if trainer.device.type == "cuda":
            trainer.probe()
        height, width = trainer.config.network.size(trainer.stage.rung)
        self.run.tell(
            "rung",
            rung=trainer.stage.rung,
            height=height,
            width=width,
            batch=trainer.size,
            parts=trainer.progress.parts,
        )

    def broken(self, told: Tensor) -> bool:
        """Go back when the last step's numbers are not finite; returns whether it was so."""
        reason = guard.broken(dict(zip(TOLD, told.tolist(), strict=True)))
        if reason:
            self.run.roll_back(reason, before=self.trainer.shown)
            self._begin()
        return bool(reason)

    def measure(self, before: int) -> None:
        """Measure the rung where a measurement is due; leave it once it has settled."""
        trainer, growth = self.trainer, self.trainer.config.growth
        stage = trainer.stage
        due = growth.patience and stage.rung < growth.top and stage.alpha >= 1
        if not due or not _passed(before, trainer.shown, growth.measure_kimg):
            return
        if self.judge is None:
            from train.plateau import Judge  # brings scipy, which a training node may lack

            self.judge = Judge(trainer)
        found = {"swd": self.judge.distance()} if self.run.leads else {}
        distance = trainer.world.facts_from_lead(found)["swd"]
        trainer.measured(distance)
        held = trainer.shown - (stage.ends_at - growth.hold(stage.rung))
        if held >= 1000 * growth.least_kimg and settled(trainer.progress.measured, growth):
            trainer.leave_rung()
            self.run.tell("settled", rung=stage.rung, swd=list(trainer.progress.measured))

    def tick(self) -> None:
        """Write numbers and a sheet of what has been since the last tick; judge them."""
        trainer = self.trainer
        means = dict(zip(TOLD, (self.sums / max(1, self.count)).tolist(), strict=True))
        rate = (trainer.shown - self.shown_then) / (time.monotonic() - self.began)
        facts = self.facts(means, rate)
        self.run.tell("tick", **facts)
        for told in self.told:
            told(facts)
        self.run.show_fakes()
        raised = self.guard.judge(means)
        for kind in raised:
            self.run.alarm(kind, guard.WORDS[kind])
        if self.guard.collapsed(raised):
            self.run.roll_back("mode collapse", before=self.healthy_until)
        elif not self.guard.since["alike"]:
            self.healthy_until = trainer.shown + 1
        self._begin()

    def facts(self, means: Mapping[str, float], rate: float) -> dict[str, Any]:
        """Return what a tick tells; see train/README.md."""
        trainer, stage = self.trainer, self.trainer.stage
        left = plan.seconds_left(trainer.config, trainer.progress, stage, rate)
        cuda = trainer.device.type == "cuda"
        return {
            **{name: round(value, 6) for name, value in means.items()},
            "shown": trainer.shown,
            "rung": stage.rung,
            "alpha": stage.alpha,
            "ends_at": stage.ends_at,
            "total": trainer.ends_at,
            "rate": round(rate, 2),
            "seconds_left_rung": round(left[0]),
            "seconds_left": round(left[1]),
            "batch": trainer.size,
            "parts": trainer.progress.parts,
            "learning_rate": trainer.rate,
            "gamma": trainer.gamma,
            "augmentation": round(float(trainer.strength), 4),
            "swd": trainer.progress.measured[-1] if trainer.progress.measured else None,
            "memory": torch.cuda.max_memory_allocated() if cuda else None,
        }


def _passed(before: int, now: int, every_kimg: float) -> bool:
    """Say whether a multiple of so many thousand images lies behind, that lay ahead before."""
    every = max(1, round(1000 * every_kimg))
    return before // every != now // every


def train(
    run: Run,
    *,
    until: int | None = None,
    minutes: float | None = None,
    told: Sequence[Callable[[Tick], object]] = (),
    said: Callable[[str], object] = lambda text: None,
) -> str:
    """Train until the schedule ends, `until` images, `minutes`, or a request; returns which.

    RuntimeError when the numbers broke and going back did not mend them, OSError when the last
    checkpoint could not be kept.
    """
    trainer = run.trainer
    stop, deadline = False, time.monotonic() + 60 * (math.inf if minutes is None else minutes)
    with stop_requests() as asked:  # also while all is made ready: the first step is then the last
        run.start()
        run.said = said
        run.show_reals()
        trainer.enter()
        loop = Loop(run, until, told)
        loop.enter()
        if trainer.shown == 0:
            run.show_fakes()
        while trainer.shown < loop.end and not stop:
            stop = loop.once(bool(asked) or time.monotonic() > deadline)
        run.save(last=True)
    outcome = "stopped" if stop else "finished"
    run.tell(outcome)
    return outcome

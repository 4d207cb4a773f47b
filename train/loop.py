"""The training loop, readable from top to bottom.

One step: the critic learns from reals and fakes, the generator from the critic, the averaged
generator follows. All that changes over time is a pure function of the images shown so far.
"""

import contextlib
import copy
import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from torch import Tensor, nn, optim

from gan.losses import LOSSES, gradient_square, interpolated_penalty
from gan.networks import Critic, Generator
from gan.trainset import TrainingSet
from train import checkpoint
from train.augment import augment
from train.config import TrainConfig
from train.data import Reals, faded
from train.events import Events
from train.schedule import Stage, stage_at
from train.sheets import write_sheet


class Trainer:
    """Networks, optimisers and progress of one run."""

    def __init__(self, config: TrainConfig, data: TrainingSet, run: Path) -> None:
        if data.base != config.network.base or data.rungs <= config.growth.top:
            raise ValueError(
                f"{data.folder.name}: {data.rungs} rungs from {data.base}; the preset needs "
                f"{config.growth.top + 1} from {config.network.base}"
            )
        torch.manual_seed(config.seed)
        self.config = config
        self.reals = Reals(data, config.network.labels, config.seed)
        self.generator = Generator(config.network)
        self.critic = Critic(config.network)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        for network in self.networks.values():  # a third faster on CPUs, and on tensor cores
            for weight in network.parameters():
                if weight.dim() == 4:
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        self.optimisers = {
            "adam_generator": self._adam(self.generator),
            "adam_critic": self._adam(self.critic),
        }
        self.loss = LOSSES[config.loss]
        self.shown = 0
        self.steps = 0
        self.stage = stage_at(0, config.growth)
        self.run = run
        for folder in ("checkpoints", "sheets"):
            (run / folder).mkdir(parents=True, exist_ok=True)
        self.events = Events(run / "events.jsonl")

    def _adam(self, network: nn.Module) -> optim.Adam:
        c = self.config
        return optim.Adam(network.parameters(), c.rate_at(0), (0.0, c.beta2), c.epsilon)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks whose weights are the state of the run."""
        return {"generator": self.generator, "critic": self.critic, "average": self.average}

    def step(self) -> dict[str, float]:
        """Train on one batch; returns losses and mean scores."""
        c, stage = self.config, stage_at(self.shown, self.config.growth)
        self._enter(stage)
        size, rung, alpha = c.batch_at(stage.rung), stage.rung, stage.alpha
        draw = torch.Generator().manual_seed(c.seed * 1_000_003 + self.steps)
        x_real, label = self.reals.batch(rung, self.shown, size)
        x_real = faded(x_real, alpha)
        with torch.no_grad():
            x_fake = self._fake(label, stage, draw)
        x_real = augment(x_real, c.augment, draw)
        x_fake = augment(x_fake, c.augment, draw)

        def score(x: Tensor) -> Tensor:
            result: Tensor = self.critic(x, label, rung, alpha)
            return result

        real, fake = score(x_real), score(x_fake)
        critic_loss = self.loss.critic(real, fake)
        total = critic_loss
        if self.steps % c.penalty.every == 0:
            total = total + c.penalty.every * self._penalty(x_real, x_fake, score, draw)
        self._descend("adam_critic", total)

        self.critic.requires_grad_(False)
        x_fake = augment(self._fake(label, stage, draw), c.augment, draw)
        with torch.no_grad():
            real_again = score(x_real)
        generator_loss = self.loss.generator(real_again, score(x_fake))
        self._descend("adam_generator", generator_loss)
        self.critic.requires_grad_(True)
        self._follow(size)
        self.shown += size
        self.steps += 1
        return {
            "critic_loss": float(critic_loss.detach()),
            "generator_loss": float(generator_loss.detach()),
            "real": float(real.detach().mean()),
            "fake": float(fake.detach().mean()),
        }

    def _fake(self, label: Tensor, stage: Stage, draw: torch.Generator) -> Tensor:
        """Return generated images of the labels, from latents and noise drawn anew."""
        network, n = self.config.network, len(label)
        z = torch.randn(n, network.latent, generator=draw)
        maps = [torch.randn(n, 1, h, w, generator=draw) for h, w in network.noise_sizes(stage.rung)]
        images: Tensor = self.generator(z, label, stage.rung, stage.alpha, maps)
        return images

    def _enter(self, stage: Stage) -> None:
        """Set learning rates for the stage, and start the moments anew where asked."""
        changed = stage.rung != self.stage.rung or (stage.alpha >= 1) != (self.stage.alpha >= 1)
        for optimiser in self.optimisers.values():
            optimiser.param_groups[0]["lr"] = self.config.rate_at(stage.rung)
            if changed and self.config.reset_moments:
                optimiser.state.clear()
        self.stage = stage

    def _penalty(
        self, real: Tensor, fake: Tensor, score: Callable[[Tensor], Tensor], draw: torch.Generator
    ) -> Tensor:
        penalty = self.config.penalty
        weight = penalty.weight(self.stage.rung)
        if penalty.kind == "wgan-gp":
            mix = torch.rand(len(real), generator=draw)
            return weight * interpolated_penalty(real, fake, mix, score)
        total = gradient_square(real, score).mean()
        if penalty.kind == "r1+r2":
            total = total + gradient_square(fake, score).mean()
        return weight / 2 * total

    def _descend(self, optimiser: str, loss: Tensor) -> None:
        self.optimisers[optimiser].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimisers[optimiser].step()

    @torch.no_grad()
    def _follow(self, size: int) -> None:
        """Move the averaged generator towards the generator; half-life in images, warmed up."""
        half_life = min(self.config.average_kimg * 1000, 0.05 * self.shown + size)
        pairs = [
            (a, g)
            for a, g in zip(self.average.parameters(), self.generator.parameters(), strict=True)
            if g.grad is not None
        ]
        weight = 1 - 0.5 ** (size / half_life)
        torch._foreach_lerp_([a for a, _ in pairs], [g for _, g in pairs], weight)

    def save(self) -> Path:
        """Write a checkpoint and drop old ones; the last of each rung is kept."""
        path = self.run / "checkpoints" / f"{self.shown:09d}-rung{self.stage.rung}.safetensors"
        state = checkpoint.flatten(self.networks, self.optimisers)
        facts = {"shown": self.shown, "steps": self.steps, "stage": vars_of(self.stage)}
        checkpoint.save(path, state, facts)
        written = sorted(path.parent.glob("*.safetensors"))
        last = {p.stem.rpartition("rung")[2]: p for p in written}
        for old in written[: -self.config.keep]:
            if old not in last.values():
                old.unlink()
        self.events.write("saved", file=path.name, shown=self.shown)
        return path

    def resume(self) -> bool:
        """Go on from the newest whole checkpoint; False when there is none."""
        path = checkpoint.newest(self.run / "checkpoints")
        if path is None:
            return False
        state, facts = checkpoint.load(path)
        checkpoint.restore(state, self.networks, self.optimisers)
        self.shown, self.steps = int(str(facts["shown"])), int(str(facts["steps"]))
        self.stage = stage_at(max(self.shown - 1, 0), self.config.growth)
        self.events.write("resumed", file=path.name, shown=self.shown)
        return True


def vars_of(stage: Stage) -> dict[str, float]:
    """Return a stage as JSON-ready values."""
    return {"rung": stage.rung, "alpha": stage.alpha, "ends_at": stage.ends_at}


@contextlib.contextmanager
def stop_requests() -> Iterator[list[str]]:
    """Collect SIGTERM and Ctrl-C in a list instead of dying, so that the step can finish."""
    asked: list[str] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(signal.Signals(number).name)

    before = {s: signal.signal(s, note) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def train(
    trainer: Trainer,
    *,
    until: int | None = None,
    told: Callable[[dict[str, float]], None] = lambda facts: None,
) -> str:
    """Train until the schedule ends, `until` images, or a request to stop; returns which."""
    c = trainer.config
    end = c.growth.total if until is None else min(until, c.growth.total)
    (trainer.run / "config.json").write_text(json.dumps(c.to_dict(), indent=1), encoding="utf-8")
    sheet_every, save_every = round(c.sheet_kimg * 1000), round(c.save_kimg * 1000)
    began, shown_then = time.monotonic(), trainer.shown
    sums: dict[str, float] = {}
    count = 0
    write_sheet(trainer.run / "sheets" / "reals.png", trainer.reals, c)
    with stop_requests() as asked:
        while trainer.shown < end and not asked:
            before, rung = trainer.shown, trainer.stage.rung
            losses = trainer.step()
            if not all(np.isfinite(v) for v in losses.values()):
                raise FloatingPointError(f"losses are not finite after {before} images: {losses}")
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            ticked = trainer.shown // sheet_every != before // sheet_every
            if ticked or trainer.stage.rung != rung:
                seconds = time.monotonic() - began
                facts = {k: round(v / count, 4) for k, v in sums.items()}
                facts["rate"] = round((trainer.shown - shown_then) / seconds, 2)
                facts |= {"shown": trainer.shown, **vars_of(trainer.stage)}
                trainer.events.write("tick", **facts)
                told(facts)
                name = f"fakes-{trainer.shown:09d}.png"
                write_sheet(trainer.run / "sheets" / name, trainer.average, c, trainer.stage)
                began, shown_then, sums, count = time.monotonic(), trainer.shown, {}, 0
            if trainer.shown // save_every != before // save_every:
                trainer.save()
    trainer.save()
    outcome = "stopped" if asked else "finished"
    trainer.events.write(outcome, shown=trainer.shown)
    return outcome

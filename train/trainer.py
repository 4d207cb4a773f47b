"""One run's networks, optimisers and progress, and the step that trains them.

A step: the critic learns from reals and fakes, the generator from the critic, the averaged
generator follows. All that changes over time is a pure function of the images shown, or of the
few numbers of `Progress`, which every checkpoint holds.
"""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn, optim

from gan.labels import withheld
from gan.networks import Critic, Generator
from gan.trainset import TrainingSet
from train import checkpoint
from train.augment import adapted
from train.config import TrainConfig
from train.data import faded, reals_of
from train.distributed import World
from train.draws import Draws, drawn, parts_of, rows_of
from train.game import TOLD, Batch, Game, Rules
from train.memory import is_out_of_memory
from train.schedule import Stage, bounds, stage_at, total
from train.state import Progress


class Trainer:
    """Networks, optimisers and progress of one run in one process."""

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingSet,
        world: World | None = None,
        compiled: bool = False,
    ) -> None:
        if data.base != config.network.base or data.rungs <= config.growth.top:
            raise ValueError(
                f"{data.folder.name}: {data.rungs} rungs from {data.base}; the preset needs "
                f"{config.growth.top + 1} from {config.network.base}"
            )
        self.config, self.world = config, world or World()
        self.device = self.world.device
        torch.manual_seed(config.seed)
        self.reals = reals_of(data, config)
        self.generator = Generator(config.network).to(self.device)
        self.critic = Critic(config.network).to(self.device)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        for network in self.networks.values():  # a third faster on CPUs, and on tensor cores
            for weight in network.parameters():
                if weight.dim() == 4:
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        self.optimisers = {
            "adam_generator": self._adam(self.generator),
            "adam_critic": self._adam(self.critic),
        }
        self.game = Game(config, self.generator, self.critic, compiled)
        self.progress = Progress()
        self.strength = torch.tensor(config.strength_at(0), device=self.device)
        self.stage = stage_at(0, config.growth)
        if self.device.type == "cuda":
            fast = config.precision != "fp32"
            torch.set_float32_matmul_precision("high" if fast else "highest")
            torch.backends.cudnn.allow_tf32 = fast
            torch.backends.cudnn.benchmark = True  # shapes stay the same for a whole rung

    def _adam(self, network: nn.Module) -> optim.Adam:
        c = self.config
        return optim.Adam(network.parameters(), c.rate_at(0), (0.0, c.beta2), c.epsilon, fused=True)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks whose weights are the state of the run."""
        return {"generator": self.generator, "critic": self.critic, "average": self.average}

    @property
    def shown(self) -> int:
        """Images shown so far."""
        return self.progress.shown

    @property
    def ends_at(self) -> int:
        """Images shown when training ends, if no further rung is left early."""
        return total(self.config.growth, self.progress.ends)

    @property
    def size(self) -> int:
        """The batch at this rung over all processes: a multiple of what they can share out."""
        asked, ranks = self.config.batch_at(self.stage.rung), self.world.size
        if ranks == 1:
            return asked
        least = ranks * min(self.config.network.deviation_group, asked)
        return -(-asked // least) * least

    @property
    def rate(self) -> float:
        """The learning rate now."""
        return float(self.config.rate_at(self.stage.rung) * 0.5**self.progress.rollbacks)

    @property
    def gamma(self) -> float:
        """The weight of the gradient penalty now."""
        return self.config.gamma_at(self.shown, self.stage)

    def enter(self) -> Stage:
        """Take up the stage after the images shown so far; returns it.

        A new rung starts with whole batches again; where asked, Adam's moments start anew when the
        rung or its fading has changed.
        """
        stage = stage_at(self.shown, self.config.growth, self.progress.ends)
        grown = stage.rung != self.stage.rung
        changed = grown or (stage.alpha >= 1) != (self.stage.alpha >= 1)
        self.stage = stage
        for optimiser in self.optimisers.values():
            optimiser.param_groups[0]["lr"] = self.rate
            if changed and self.config.reset_moments:
                optimiser.state.clear()
        if grown:
            self.progress = dataclasses.replace(self.progress, parts=1, measured=())
            self.game.begin_rung()
        return stage

    def step(self) -> Tensor:
        """Train on one batch; returns the numbers `TOLD` names, on the device."""
        stage, c = self.enter(), self.config
        size = self.size
        x_real, label = self.reals.batch(stage.rung, self.shown, size)
        label = withheld(c.network, label, torch.Generator().manual_seed(self._seed(2)))
        if self.world.size > 1:
            x_real, label = x_real[self._mine], label[self._mine]
        if c.augment.target == 0.0:
            self.strength.fill_(c.strength_at(self.shown))
        batch = self._batch(faded(self._sent(x_real), stage.alpha), self._sent(label))
        told = self._learn("adam_critic", batch)
        self.critic.requires_grad_(False)
        told = told + self._learn("adam_generator", batch)
        self.critic.requires_grad_(True)
        self.strength = adapted(self.strength, told[TOLD.index("lead")], size, c.augment)
        self._follow(size)
        now = self.progress
        self.progress = dataclasses.replace(now, shown=now.shown + size, steps=now.steps + 1)
        return told

    @property
    def _mine(self) -> Tensor:
        """Which images of the batch this process takes."""
        group = self.config.network.deviation_group
        return rows_of(self.size, group, self.world.rank, self.world.size)

    def _learn(self, side: str, batch: Batch) -> Tensor:
        """Take one step of an optimiser; where memory runs out, again with the batch in parts."""
        optimiser = self.optimisers[side]
        while True:
            optimiser.zero_grad(set_to_none=True)
            told, short = self._gather(side, batch)
            if not self.world.most(short):
                break
            self._halve(len(batch.real))
        told = self.world.mean_gradients(optimiser.param_groups[0]["params"], told)
        optimiser.step()
        return told

    def _gather(self, side: str, batch: Batch) -> tuple[Tensor, bool]:
        """Gather gradients part by part; returns what is told, and whether memory ran out."""
        told, parts = torch.zeros(len(TOLD), device=self.device), self.progress.parts
        rules = self._rules()
        try:
            for at in parts_of(len(batch.real), self.config.network.deviation_group, parts):
                if side == "adam_critic":
                    told += self.game.critic_part(batch, at, rules) / parts
                else:
                    told += self.game.generator_part(batch, at, rules) / parts
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            batch.fake = None
            return told, True
        return told, False

    def _rules(self) -> Rules:
        """Return what holds for all images of this step."""
        now, alpha, penalty = self.progress, self.stage.alpha, self.config.penalty
        pays = now.steps % penalty.every == 0
        return Rules(
            rung=self.stage.rung,
            # Filled on the device: a number sent there would wait for all the work it has.
            alpha=alpha if alpha >= 1 else torch.full((), alpha, device=self.device),
            gamma=penalty.every * self.gamma if pays else 0.0,
            share=1 / now.parts,
        )

    def _seed(self, purpose: int) -> int:
        """Return the seed of random numbers of this step for one of its purposes."""
        c, now = self.config, self.progress
        return (c.seed * 1_000_003 + now.steps) * 3 + purpose + 1_000_000_007 * now.rollbacks

    def _sent(self, x: Tensor) -> Tensor:
        """Return a tensor on the device; pinned, so that it does not wait for the work there."""
        if self.device.type == "cuda":
            return x.pin_memory().to(self.device, non_blocking=True)
        return x.to(self.device)

    def _batch(self, real: Tensor, label: Tensor) -> Batch:
        """Return images and labels with this process's random numbers of this step."""
        return Batch(
            real=real,
            label=label,
            draws=self._drawn(0),
            redrawn=self._drawn(1) if self.config.redraw else None,
            scores=real.new_zeros(len(real)),
        )

    def _drawn(self, purpose: int) -> Draws:
        c = self.config
        draw = torch.Generator(self.device).manual_seed(self._seed(purpose))
        draws = drawn(self.size, self.stage.rung, c.network, c.augment, self.strength, draw)
        return draws.rows(self._mine.to(self.device)) if self.world.size > 1 else draws

    def probe(self) -> None:
        """Find in how many parts the batch fits the memory, by the costliest part of a step."""
        x, label = self.reals.batch(self.stage.rung, self.shown, self.size)
        mine = self._mine
        batch = self._batch(self._sent(x[mine]), self._sent(label[mine]))
        now = self.progress
        self.progress = dataclasses.replace(now, steps=0)  # a step that pays penalties
        while self.world.most(self._gather("adam_critic", batch)[1]):
            self._halve(len(batch.real))
        self.optimisers["adam_critic"].zero_grad(set_to_none=True)
        self.progress = dataclasses.replace(self.progress, steps=now.steps)

    def _halve(self, images: int) -> None:
        """Split the batch into twice as many parts; RuntimeError when one image is too much."""
        parts = 2 * self.progress.parts
        if images % parts:
            raise RuntimeError(
                f"out of memory at rung {self.stage.rung} with {images // (parts // 2)} images at "
                "once; a narrower network or a lower growth.top is needed"
            )
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.progress = dataclasses.replace(self.progress, parts=parts)

    @torch.no_grad()
    def _follow(self, size: int) -> None:
        """Move the averaged generator towards the generator; half-life in images, warmed up."""
        c = self.config
        half_life = min(c.average_kimg * 1000, 0.05 * self.shown + size)
        kept = c.average_per_step or 0.5 ** (size / half_life)
        pairs = [
            (a, g)
            for a, g in zip(self.average.parameters(), self.generator.parameters(), strict=True)
            if g.grad is not None
        ]
        torch._foreach_lerp_([a for a, _ in pairs], [g for _, g in pairs], 1 - kept)

    def jump(self, shown: int, steps: int) -> None:
        """Go to another place of the schedule, to try it out."""
        self.progress = dataclasses.replace(self.progress, shown=shown, steps=steps)

    def finite(self) -> bool:
        """Say whether all weights are finite numbers."""
        weights = [p for n in self.networks.values() for p in n.parameters()]
        return bool(torch.stack([w.isfinite().all() for w in weights]).all())

    def rolled_back(self, times: int) -> None:
        """Note that training went back: random numbers and learning rate become others."""
        self.progress = dataclasses.replace(self.progress, rollbacks=times)

    def leave_rung(self) -> None:
        """End the rung's hold here; the next one begins with the next step."""
        growth, ends = self.config.growth, self.progress.ends
        place = self.stage.rung - growth.start
        before = [end for _, _, end in bounds(growth, ends)][:place]
        self.progress = dataclasses.replace(self.progress, ends=(*before, self.shown))

    def measured(self, distance: float) -> None:
        """Note a measurement of this rung."""
        now = self.progress
        self.progress = dataclasses.replace(now, measured=(*now.measured, distance))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the whole state: tensors, and facts with the progress and the stage."""
        tensors = checkpoint.flatten(self.networks, self.optimisers)
        tensors["strength"] = self.strength.detach().cpu().clone()
        facts = {**dataclasses.asdict(self.progress), "stage": dataclasses.asdict(self.stage)}
        return tensors, {**facts, "set": self.reals.data.fingerprint}

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Take up a state; ValueError when it is of other settings or another training set."""
        known = facts.get("set", self.reals.data.fingerprint)
        if known != self.reals.data.fingerprint:
            raise ValueError(
                f"{self.reals.data.folder.name}: the run was trained on another set (it has "
                f"{known[:12]}, this is {self.reals.data.fingerprint[:12]})"
            )
        checkpoint.restore(tensors, self.networks, self.optimisers)
        self.progress = Progress.from_facts(facts)
        strength = tensors.get("strength", torch.tensor(self.config.strength_at(self.shown)))
        self.strength = strength.to(self.device, copy=True)
        self.stage = Stage(**facts["stage"])

"""The game of generator and critic: what each gathers as gradients from some images.

Fakes are drawn once a step. The critic learns from them first; then they go on to teach the
generator, which has not changed meanwhile. A relativistic generator plays against the scores that
the critic gave the reals on its own turn, a step of the critic ago.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan.losses import LOSSES, gradient_square, interpolated_penalty, square_from
from gan.networks import Critic, Generator
from train.augment import changed
from train.config import TrainConfig
from train.draws import Draws

#: What a step tells, each the mean over the batch: `spread` is the fakes' deviation over the
#: reals', `lead` the mean sign of real minus fake score.
TOLD = ("critic_loss", "generator_loss", "real", "fake", "spread", "lead")


Rows = Tensor | slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for all images of a step."""

    rung: int
    alpha: float | Tensor  #: a tensor in mid-fade, so that compiled programs are kept
    gamma: float  #: weight of the gradient penalty, 0 in a step that pays none
    share: float  #: of the whole batch in the gradients, 1 when it is not split


@dataclass(slots=True, kw_only=True, eq=False)
class Batch:
    """Reals with labels, (n, ...), what is drawn for them, and what the critic leaves behind."""

    real: Tensor
    label: Tensor
    draws: Draws
    scores: Tensor  #: (n,), of the reals, filled in on the critic's turn
    fake: Tensor | None = None  #: with the graph that made it, when the batch is not split


class Game:
    """Both networks and what they play for."""

    def __init__(
        self, config: TrainConfig, generator: Generator, critic: Critic, compiled: bool
    ) -> None:
        self.config, self.generator, self.critic = config, generator, critic
        self.compiled = compiled
        self.loss = LOSSES[config.loss]
        self.begin_rung()

    def begin_rung(self) -> None:
        """Compile the networks where asked, for all but penalties, which differentiate twice."""
        self._imagine: Callable[..., Tensor] = self.generator
        self._judge: Callable[..., Tensor] = self.critic
        if self.compiled:
            torch.compiler.reset()  # the programs of the last rung
            self._imagine = torch.compile(self.generator, dynamic=False)
            self._judge = torch.compile(self.critic, dynamic=False)

    def _narrow(self, kind: str) -> bool:
        """Say whether convolutions may run in bfloat16 on a kind of device."""
        return kind == "cuda" and self.config.precision == "bf16"

    def _fast(self, kind: str) -> AbstractContextManager[Any]:
        return torch.autocast(kind, torch.bfloat16, enabled=self._narrow(kind))

    def _fakes(self, batch: Batch, at: Rows, rules: Rules) -> Tensor:
        """Return generated images of the labels of some rows."""
        draws = batch.draws.rows(at)
        with self._fast(batch.real.device.type):
            return self._imagine(draws.z, batch.label[at], rules.rung, rules.alpha, draws.noise)

    def critic_part(self, batch: Batch, at: Rows, rules: Rules) -> Tensor:
        """Gather the critic's gradients from some rows; returns its share of `TOLD`.

        Leaves the scores of the reals, and the fakes where these are all rows.
        """
        label, draws = batch.label[at], batch.draws.rows(at)
        with torch.set_grad_enabled(rules.share == 1):
            made = self._fakes(batch, at, rules)
        batch.fake = made if rules.share == 1 else None
        pixels, made = batch.real[at], made.detach().float()
        spread = made.std(dim=0).mean() / pixels.std(dim=0).mean().clamp(min=1e-6)
        joint = self._joint(rules, pixels.device.type)
        real = changed(pixels, draws.real).requires_grad_(joint)
        fake = changed(made, draws.fake).requires_grad_(joint)
        with self._fast(pixels.device.type):
            of_real = self._judge(real, label, rules.rung, rules.alpha)
            of_fake = self._judge(fake, label, rules.rung, rules.alpha)
        total = loss = self.loss.critic(of_real, of_fake)
        if joint:
            squares = [square_from(of_real, real).mean()]
            if self.config.penalty.kind == "r1+r2":
                squares.append(square_from(of_fake, fake).mean())
            total = loss + rules.gamma / 2 * sum(squares)
        (total * rules.share).backward()  # type: ignore[no-untyped-call]
        if rules.gamma > 0 and not joint:
            paid = self._penalty(real, fake, label, draws.mix, rules)
            (paid * rules.share).backward()  # type: ignore[no-untyped-call]
        of_real, of_fake = of_real.detach(), of_fake.detach()
        batch.scores[at] = of_real
        zero, lead = spread.new_zeros(()), torch.sign(of_real - of_fake).mean()
        return torch.stack([loss.detach(), zero, of_real.mean(), of_fake.mean(), spread, lead])

    def _joint(self, rules: Rules, kind: str) -> bool:
        """Say whether one graph serves loss and penalty: neither narrow nor compiled."""
        squares = self.config.penalty.kind != "wgan-gp" and rules.gamma > 0
        return squares and not self.compiled and not self._narrow(kind)

    def _penalty(
        self, real: Tensor, fake: Tensor, label: Tensor, mix: Tensor, rules: Rules
    ) -> Tensor:
        """Return the weighted gradient penalty; float32 throughout, never compiled."""
        kind = self.config.penalty.kind

        def score(x: Tensor) -> Tensor:
            scores: Tensor = self.critic(x, label, rules.rung, rules.alpha)
            return scores

        if kind == "wgan-gp":
            return rules.gamma * interpolated_penalty(real, fake, mix, score)
        total = gradient_square(real, score).mean()
        if kind == "r1+r2":
            total = total + gradient_square(fake, score).mean()
        return rules.gamma / 2 * total

    def generator_part(self, batch: Batch, at: Rows, rules: Rules) -> Tensor:
        """Gather the generator's gradients from some rows; returns its share of `TOLD`."""
        made, batch.fake = batch.fake, None
        if made is None or rules.share < 1:
            made = self._fakes(batch, at, rules)
        fake = changed(made, batch.draws.rows(at).fake)
        with self._fast(made.device.type):
            of_fake = self._judge(fake, batch.label[at], rules.rung, rules.alpha)
        loss = self.loss.generator(batch.scores[at], of_fake)
        (loss * rules.share).backward()  # type: ignore[no-untyped-call]
        zero = loss.new_zeros(())
        return torch.stack([zero, loss.detach(), zero, zero, zero, zero])

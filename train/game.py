"""The game of generator and critic: what each gathers as gradients from some images.

Fakes are drawn once a step, unless `redraw` is set. The critic learns from them first; then they
go on to teach the generator, which has not changed meanwhile. A relativistic generator plays
against the scores that the critic gave the reals on its own turn, a step of the critic ago.
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
    redrawn: Draws | None  #: for the generator's turn, where that has fakes of its own
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

    def _fakes(self, draws: Draws, label: Tensor, rules: Rules) -> Tensor:
        """Return generated images of labels."""
        with self._fast(label.device.type):
            return self._imagine(draws.z, label, rules.rung, rules.alpha, draws.noise)

    def critic_part(self, batch: Batch, at: Rows, rules: Rules) -> Tensor:
        """Gather the critic's gradients from some rows; returns its share of `TOLD`.

        Leaves the scores of the reals, and the fakes where these are all rows.
        """
        label, draws = batch.label[at], batch.draws.rows(at)
        goes_on = rules.share == 1 and batch.redrawn is None
        with torch.set_grad_enabled(goes_on):
            made = self._fakes(draws, label, rules)
        batch.fake = made if goes_on else None
        pixels, made = batch.real[at], made.detach().float()
        spread = made.std(dim=0).mean() / pixels.std(dim=0).mean().clamp(min=1e-6)
        joint = self._joint(rules, pixels.device.type)
        real, fake = changed(pixels, draws.real), changed(made, draws.fake)
        # Both in one pass: larger batches are quicker, and each has its own deviations.
        both = torch.cat([real, fake]).requires_grad_(joint)
        labels = torch.cat([label, label])
        with self._fast(pixels.device.type):
            scores = self._judge(both, labels, rules.rung, rules.alpha, 2)
        of_real, of_fake = scores.chunk(2)
        total = loss = self.loss.critic(of_real, of_fake)
        if joint:  # means over reals and over fakes, added
            total = loss + rules.gamma * square_from(scores, both).mean()
        (total * rules.share).backward()
        if rules.gamma > 0 and not joint:
            paid = self._penalty(both, labels, draws.mix, rules)
            (paid * rules.share).backward()
        if self.loss.relative and self.critic.score.bias is not None:
            # Differences do not hold it: Adam would make whole steps of its gradient's rounding.
            self.critic.score.bias.grad = None
        of_real, of_fake = of_real.detach(), of_fake.detach()
        batch.scores[at] = of_real
        zero, lead = spread.new_zeros(()), torch.sign(of_real - of_fake).mean()
        return torch.stack([loss.detach(), zero, of_real.mean(), of_fake.mean(), spread, lead])

    def _joint(self, rules: Rules, kind: str) -> bool:
        """Say whether one graph serves loss and penalty: of all images, not narrow or compiled."""
        squares = self.config.penalty.kind == "r1+r2" and rules.gamma > 0
        return squares and not self.compiled and not self._narrow(kind)

    def _penalty(self, both: Tensor, labels: Tensor, mix: Tensor, rules: Rules) -> Tensor:
        """Return the weighted gradient penalty, of reals and fakes one after the other.

        Float32 throughout, never compiled.
        """
        real, fake = both.chunk(2)
        label = labels[: len(real)]

        def score(x: Tensor) -> Tensor:
            scores: Tensor = self.critic(x, label, rules.rung, rules.alpha)
            return scores

        kind = self.config.penalty.kind
        if kind == "wgan-gp":
            return rules.gamma * interpolated_penalty(real, fake, mix, score)
        total = gradient_square(real, score).mean()
        if kind == "r1+r2":
            total = total + gradient_square(fake, score).mean()
        return rules.gamma / 2 * total

    def generator_part(self, batch: Batch, at: Rows, rules: Rules) -> Tensor:
        """Gather the generator's gradients from some rows; returns its share of `TOLD`."""
        label, draws = batch.label[at], (batch.redrawn or batch.draws).rows(at)
        made, batch.fake = batch.fake, None
        if made is None or rules.share < 1:
            made = self._fakes(draws, label, rules)
        fake = changed(made, draws.fake)
        with self._fast(made.device.type):
            of_fake = self._judge(fake, label, rules.rung, rules.alpha)
        loss = self.loss.generator(batch.scores[at], of_fake)
        (loss * rules.share).backward()
        zero = loss.new_zeros(())
        return torch.stack([zero, loss.detach(), zero, zero, zero, zero])

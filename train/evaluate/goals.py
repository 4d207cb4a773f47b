"""The stated goals of a model that is shipped, each with the figure it is read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gan import features
from train.evaluate.artefacts import Tally
from train.evaluate.estimate import Figure, Interval
from train.evaluate.judgement import Judgement
from train.evaluate.memorisation import SHARE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal and what was measured for it."""

    name: str
    sense: Literal["at most", "at least", "within"]
    limit: float
    measured: Interval

    @property
    def reached(self) -> bool:
        """Whether the value, not its whole interval, reaches the limit."""
        return self._holds(self.measured.value)

    @property
    def sure(self) -> bool:
        """Whether both ends of the interval say the same as the value."""
        return all(self._holds(v) == self.reached for v in (self.measured.low, self.measured.high))

    def _holds(self, value: float) -> bool:
        if self.sense == "at least":
            return value >= self.limit
        return (abs(value) if self.sense == "within" else value) <= self.limit


def goals(judgements: Mapping[str, Judgement], tally: Tally | None) -> tuple[Goal, ...]:
    """Return the goals that can be read from judgements."""
    found = [
        _goal(f"SWD, ratio to real-vs-real, {figure.name}", "at most", 2.0, figure.ratio)
        for figure in _figures(judgements, "swd")
    ]
    for figure in _figures(judgements, "spectrum_slope"):
        name = f"spectral slope, difference from real, {figure.name}"
        found.append(_goal(name, "within", 0.3, figure.difference))
    for figure in _figures(judgements, "ms_ssim"):
        name = f"MS-SSIM, difference from real pairs, {figure.name}"
        found.append(_goal(name, "within", 0.05, figure.difference))
    for figure in _figures(judgements, "neighbours"):
        kind, space = figure.name.split(", ")
        if kind in ("density", "coverage") and space == features.NAME:
            found.append(_goal(f"{kind}, ratio to real-vs-real", "at least", 0.7, figure.ratio))
    for figure in _figures(judgements, "memorisation"):
        if figure.name == SHARE_NAME:
            name = "memorisation: share nearer to training than to held-out images"
            found.append(_goal(name, "at most", 0.6, figure.generated))
    if "memorisation" in judgements:
        facts = judgements["memorisation"].facts
        count = float(facts["flagged_copies"])
        name = f"memorisation: flagged copies in {facts['samples']} images"
        found.append(_goal(name, "at most", 0.0, Interval(value=count, low=count, high=count)))
    if tally is not None:
        name = f"exams with an obvious artefact, of {tally.exams} looked at"
        found.append(_goal(name, "at most", 0.15, tally.with_artefact))
    return tuple(goal for goal in found if goal is not None)


def _figures(judgements: Mapping[str, Judgement], name: str) -> tuple[Figure, ...]:
    return judgements[name].figures if name in judgements else ()


def _goal(
    name: str,
    sense: Literal["at most", "at least", "within"],
    limit: float,
    measured: Interval | None,
) -> Goal | None:
    if measured is None:
        return None
    return Goal(name=name, sense=sense, limit=limit, measured=measured)

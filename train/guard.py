"""Watches a training's numbers: says in words what a person should look at, and when to go back."""

import math
from collections.abc import Mapping

ALIKE = 0.02  #: below it, fakes differ from each other by a fiftieth of what reals do
SURE = 0.98  #: lead from which on the critic is as good as never wrong
RUNAWAY = 1e4  #: scores beyond it are on their way to infinity
TICKS = 3  #: so many in a row before an alarm
WORDS = {
    "sure": "The critic is never wrong any more, so the generator learns little; more augmentation "
    "or a larger gamma helps.",
    "runaway": "The critic's scores run away; a larger gamma holds them.",
    "alike": "The generator draws nearly the same image each time (mode collapse).",
}


def broken(told: Mapping[str, float]) -> str:
    """Return why training can't go on from here, or an empty string: numbers are not finite."""
    wrong = [name for name, value in told.items() if not math.isfinite(value)]
    return f"{', '.join(wrong)} not finite" if wrong else ""


class Guard:
    """Judges ticks, the means over some thousand images."""

    def __init__(self) -> None:
        self.since = dict.fromkeys(WORDS, 0)  #: ticks in a row
        self.healthy = False  #: whether fakes have ever differed

    def judge(self, tick: Mapping[str, float]) -> list[str]:
        """Return which alarms this tick raises, each once while it lasts; see `WORDS`."""
        score = max(abs(tick["real"]), abs(tick["fake"]))
        seen = {
            "sure": tick["lead"] > SURE,
            "runaway": score > RUNAWAY,
            "alike": tick["spread"] < ALIKE,
        }
        self.healthy |= not seen["alike"]
        raised = []
        for kind, now in seen.items():
            self.since[kind] = self.since[kind] + 1 if now else 0
            if self.since[kind] == TICKS:
                raised.append(kind)
        return raised

    def collapsed(self, raised: list[str]) -> bool:
        """Say whether to go back: fakes that used to differ are all alike now."""
        return "alike" in raised and self.healthy

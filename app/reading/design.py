"""The design of a reading: what is asked of whom about which mammograms, written in TOML.

Unknown keys are errors. What a design leaves open has a default that is written into the protocol.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

Kind = Literal["yes_no", "2afc"]
Scale = Literal["six", "percent"]
Show = Literal["single", "exam"]
Policy = Literal["random", "curated"]
SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")

#: Reasons a reader can give with a mark, and the key for each.
REASONS: Mapping[str, str] = {
    "checkerboard": "checkerboard or grid",
    "boundary": "breast boundary",
    "nipple": "nipple and areola",
    "calcification": "calcification spots",
    "shape": "shape",
    "other": "other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealArm:
    """Where the real mammograms come from; `count` cases are drawn at random from them."""

    source: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedArm:
    """Generated cases of one model; `random` draws seeds, `curated` takes the seeds named."""

    name: str
    count: int
    model: str = ""  #: file; empty for the model that comes with Mammoscope
    policy: Policy = "random"
    seeds: tuple[int, ...] = ()
    rejected: int = 0  #: how many were looked at and not taken, when curated


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """How every case is shown: the frame both arms are normalised to."""

    show: Show = "single"
    height: int = 640  #: rows of a picture; its width is four fifths of it
    views: tuple[str, ...] = ("CC", "MLO")
    zoom: int = 2  #: times the fitted size a reader may enlarge; 1 keeps the picture fitted
    training_set: str = ""  #: of the generator, for the nearest-image check


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One session's task over all test cases."""

    kind: Kind = "yes_no"
    question: str = ""  #: of this session; empty for the design's
    scale: Scale = "six"
    exposure_ms: int = 0  #: 0 for as long as the reader wants
    marks: bool = False
    confirm: bool = True  #: Enter is needed after the answer key


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Cases shown first, none of them in the test; `feedback` tells the truth after each."""

    real: int = 0
    generated: int = 0
    feedback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """How each reader's order is drawn."""

    block: tuple[int, int] = (7, 13)  #: smallest and largest block, each balanced over the arms
    counterbalance: bool = True  #: blocks change places from reader to reader (Williams square)
    repeats: int = 0  #: cases shown twice to measure agreement within a reader
    break_every: int = 25
    blank_ms: int = 600
    washout_days: int = 28  #: between two sessions of a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The claim, fixed before the first answer."""

    margin: str = "0.10"  #: equivalence margin about an AUC of one half
    rationale: str = ""
    alpha: str = "0.05"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A whole design, checked."""

    title: str
    question: str
    told: str
    real: RealArm
    generated: tuple[GeneratedArm, ...]
    readers: tuple[str, ...]
    tasks: tuple[Task, ...]
    stimulus: Stimulus = Stimulus()
    training: Training = Training()
    order: Ordering = Ordering()
    analysis: Analysis = Analysis()

    @property
    def columns(self) -> int:
        """Width of a picture in pixels."""
        return self.stimulus.height * 4 // 5

    @property
    def generated_count(self) -> int:
        """Generated test cases of all arms."""
        return sum(arm.count for arm in self.generated)

    def public(self) -> dict[str, Any]:
        """Return what the protocol tells: everything but where cases come from and how many."""
        value: dict[str, Any] = asdict(self)
        for hidden in ("real", "generated", "title"):
            del value[hidden]
        del value["stimulus"]["training_set"]
        training = value.pop("training")
        value["training"] = {
            "cases": training["real"] + training["generated"],
            "feedback": training["feedback"],
        }
        return {"title": self.title, **value}

    def private(self) -> dict[str, Any]:
        """Return what is kept with the key: arms, counts, training set."""
        whole = asdict(self)
        return {key: whole[key] for key in ("real", "generated", "training", "stimulus")}


_WORDS = {str: "text", int: "a whole number", bool: "true or false", tuple: "a list"}


def _value(raw: Any, kind: Any, where: str) -> Any:
    """Return a TOML value as the type of a dataclass field."""
    choices = get_args(kind)
    if choices and all(isinstance(choice, str) for choice in choices):
        if raw not in choices:
            raise ValueError(f"{where} is {raw!r}; allowed are {', '.join(choices)}")
        return raw
    if choices:  # a tuple
        if not isinstance(raw, list) or not all(type(v) is choices[0] for v in raw):
            raise ValueError(f"{where} is {raw!r}; a list of {_WORDS[choices[0]]} is expected")
        if choices[-1] is not Ellipsis and len(raw) != len(choices):
            raise ValueError(f"{where} is {raw!r}; {len(choices)} values are expected")
        return tuple(raw)
    if type(raw) is not kind:
        raise ValueError(f"{where} is {raw!r}; {_WORDS[kind]} is expected")
    return raw


def _table(kind: type[Any], raw: Any, where: str) -> Any:
    """Return a dataclass from a TOML table; ValueError names an unknown, missing or wrong key."""
    if not isinstance(raw, dict):
        raise ValueError(f"{where}: a table is expected")
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(raw) - set(known)):
        listed = ", ".join(known)
        raise ValueError(f"{where}: unknown key {', '.join(unknown)}; known are {listed}")
    values = {key: _value(v, known[key].type, f"{where}: '{key}'") for key, v in raw.items()}
    try:
        return kind(**values)
    except TypeError as error:
        missing = ", ".join(re.findall(r"'(\w+)'", str(error)))
        raise ValueError(f"{where}: missing: {missing}") from None


def parse_design(text: str, name: str) -> Design:
    """Return the design written in TOML text; ValueErrors start with name, the file's name."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: not TOML: {error}") from error
    if raw.pop("schema", None) != SCHEMA:
        raise ValueError(f"{name}: 'schema' must be {SCHEMA}")
    allowed = {f.name for f in fields(Design)} - {"tasks"} | {"task"}
    if unknown := sorted(set(raw) - allowed):
        raise ValueError(f"{name}: unknown key {', '.join(unknown)}; {', '.join(sorted(allowed))}")
    for key, kind in (("title", str), ("question", str), ("told", str)):
        _value(raw.get(key), kind, f"{name}: '{key}'")
    tasks = raw.get("task", [{}])
    tasks = tasks if isinstance(tasks, list) else [tasks]
    arms = raw.get("generated")
    if not isinstance(arms, list) or not arms:
        raise ValueError(f"{name}: at least one [[generated]] arm is needed")
    design = Design(
        title=raw["title"],
        question=raw["question"],
        told=raw["told"],
        real=_table(RealArm, raw.get("real"), f"{name}: [real]"),
        generated=tuple(_table(GeneratedArm, a, f"{name}: [[generated]]") for a in arms),
        readers=_value(raw.get("readers"), tuple[str, ...], f"{name}: 'readers'"),
        tasks=tuple(_table(Task, task, f"{name}: [[task]]") for task in tasks),
        stimulus=_table(Stimulus, raw.get("stimulus", {}), f"{name}: [stimulus]"),
        training=_table(Training, raw.get("training", {}), f"{name}: [training]"),
        order=_table(Ordering, raw.get("order", {}), f"{name}: [order]"),
        analysis=_table(Analysis, raw.get("analysis", {}), f"{name}: [analysis]"),
    )
    for problem in problems(design):
        raise ValueError(f"{name}: {problem}")
    return design


def rejoined(public: Mapping[str, Any], private: Mapping[str, Any]) -> Design:
    """Return the design from the parts that the protocol and the key hold."""

    def made(kind: type[Any], table: Mapping[str, Any]) -> Any:
        lists = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
        return kind(**lists)

    return Design(
        title=public["title"],
        question=public["question"],
        told=public["told"],
        readers=tuple(public["readers"]),
        real=made(RealArm, private["real"]),
        generated=tuple(made(GeneratedArm, arm) for arm in private["generated"]),
        tasks=tuple(made(Task, task) for task in public["tasks"]),
        stimulus=made(Stimulus, private["stimulus"]),
        training=made(Training, private["training"]),
        order=made(Ordering, public["order"]),
        analysis=made(Analysis, public["analysis"]),
    )


def problems(design: Design) -> list[str]:
    """Return in words what keeps a design from being run; empty when nothing does."""
    return [words for wrong, words in (*_wrong_cases(design), *_wrong_course(design)) if wrong]


def _wrong_cases(design: Design) -> list[tuple[bool, str]]:
    names = [arm.name for arm in design.generated]
    height, total = design.stimulus.height, design.real.count + design.generated_count
    pairs = any(task.kind == "2afc" for task in design.tasks)
    return [
        (not design.title.strip(), "'title' is empty"),
        (not design.question.strip(), "'question' is empty"),
        (not design.real.source, "[real]: 'source' names no file or folder"),
        (design.real.count < 1, "[real]: 'count' must be at least 1"),
        (min(a.count for a in design.generated) < 1, "[[generated]]: 'count' must be at least 1"),
        (total > 20_000, f"{total} cases; at most 20000 are allowed"),
        (
            not all(_NAME.fullmatch(n) for n in names),
            "[[generated]]: a name has letters, digits, _, -",
        ),
        ("real" in names or len(set(names)) < len(names), "[[generated]]: names must differ"),
        (
            any(a.policy == "curated" and len(a.seeds) < a.count for a in design.generated),
            "[[generated]]: a curated arm names a seed for each case in 'seeds'",
        ),
        (
            height < 40 or height > 4000 or height % 5 != 0,
            f"[stimulus]: 'height' is {height}; 40 to 4000, divisible by 5",
        ),
        (
            not design.stimulus.views or not set(design.stimulus.views) <= {"CC", "MLO"},
            "[stimulus]: 'views' may hold CC and MLO",
        ),
        (not 1 <= design.stimulus.zoom <= 4, "[stimulus]: 'zoom' must be 1 to 4"),
        (
            pairs and design.real.count != design.generated_count,
            f"2afc pairs each of {design.real.count} real with one of {design.generated_count} "
            "generated cases; the counts must be equal",
        ),
    ]


def _wrong_course(design: Design) -> list[tuple[bool, str]]:
    order, total = design.order, design.real.count + design.generated_count
    lowered = {reader.lower() for reader in design.readers}
    return [
        (not design.readers, "'readers' names nobody"),
        (
            not all(_NAME.fullmatch(r) for r in design.readers)
            or len(lowered) < len(design.readers),
            "'readers' are pseudonyms of letters, digits, _ and -, each another",
        ),
        (any(t.exposure_ms < 0 for t in design.tasks), "[[task]]: 'exposure_ms' is below 0"),
        (not 1 <= order.block[0] <= order.block[1], "[order]: 'block' must be two rising numbers"),
        (not 0 <= order.repeats <= total, "[order]: 'repeats' must be 0 to the number of cases"),
        (order.break_every < 1, "[order]: 'break_every' must be at least 1"),
        (not 200 <= order.blank_ms <= 10_000, "[order]: 'blank_ms' must be 200 to 10000"),
        (order.washout_days < 0, "[order]: 'washout_days' is below 0"),
        (min(design.training.real, design.training.generated) < 0, "[training]: below 0"),
        (
            not 0 < _number(design.analysis.margin) < Decimal("0.5"),
            f"[analysis]: 'margin' is {design.analysis.margin!r}; above 0 and below 0.5, as text",
        ),
        (
            not 0 < _number(design.analysis.alpha) < Decimal("0.5"),
            f"[analysis]: 'alpha' is {design.analysis.alpha!r}; above 0 and below 0.5, as text",
        ),
        (
            len(design.analysis.rationale.split()) < 3,
            "[analysis]: 'rationale' must say why this margin is small enough to mean "
            "'indistinguishable'",
        ),
    ]


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(-1)

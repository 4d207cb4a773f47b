"""A finished sample reading, made by simulated readers and saying so, for demonstration."""

import io

import numpy as np
from PIL import Image
from scipy.stats import rankdata

from app.reading.ratings import (
    AuditRow,
    CaseFacts,
    CompletedReading,
    Mark,
    Nearest,
    Rating,
    ReaderFacts,
)

REASONS = ("checkerboard", "boundary", "nipple-areola", "calcification spots", "shape", "other")
GENERATORS = ("half-trained", "fully trained")
READERS = 8
REAL, FAKE, REPEATED = 60, 60, 12


def sample() -> CompletedReading:
    """Return a reading of two generators by eight simulated readers, the same at every call.

    The first generator is meant to be told from real images a little, the second not at all. The
    thumbnails are drawn shapes, no mammograms.
    """
    generator = np.random.default_rng(2026)
    cases = _cases(generator)
    ratings: list[Rating] = []
    for number in range(READERS):
        ratings += _reader(number, cases, generator)
    return CompletedReading(
        ratings=tuple(ratings),
        cases={name: facts for name, (facts, _, _) in cases.items()},
        readers={
            f"R{n + 1}": ReaderFacts(group="radiologist" if n < 5 else "resident")
            for n in range(READERS)
        },
        title="Sample reading with simulated readers",
        positive="generated",
        negative="real",
        scale=(1.0, 6.0),
        margin=0.10,
        margin_reason=(
            "An area of 0.60 means that a reader shown a real and a generated image names the "
            "generated one in 6 of 10 cases; less was taken as no practical difference."
        ),
        statements=STATEMENTS,
        audit=_audit(cases, generator),
        notes=("All readers and all answers are simulated; no person looked at any image.",),
        simulated=True,
    )


Case = tuple[CaseFacts, str | None, float]


def _cases(generator: np.random.Generator) -> dict[str, Case]:
    """Return facts, modality (None: real) and the cue each case gives."""
    cases: dict[str, Case] = {}
    labels = [(None, REAL), (GENERATORS[0], FAKE // 2), (GENERATORS[1], FAKE // 2)]
    numbers = iter(generator.permutation(np.arange(1000, 10000))[: REAL + FAKE].tolist())
    for modality, count in labels:
        for i in range(count):
            view, side = ("CC", "MLO")[i % 2], ("L", "R")[i // 2 % 2]
            name = f"c{next(numbers)}"
            near = None
            if modality is not None:
                near = Nearest(
                    image=f"train-{generator.integers(1, 400):04d}",
                    distance=round(float(generator.normal(0.31, 0.04)), 3),
                    measure="1 - structural similarity",
                )
            shift = 0.75 if modality == GENERATORS[0] else 0.0
            facts = CaseFacts(
                view=view,
                side=side,
                source=modality or "real",
                thumbnail=_drawn(view, generator),
                nearest=near,
            )
            cases[name] = facts, modality, shift + float(generator.normal(0, 0.5))
    return cases


def _reader(number: int, cases: dict[str, Case], generator: np.random.Generator) -> list[Rating]:
    skill, lean = generator.normal(0.75, 0.35), generator.normal(0, 0.25)
    names = generator.permutation(list(cases)).tolist()
    shown = [(name, False) for name in names]
    repeated = generator.choice(names[: len(names) // 2], REPEATED, replace=False).tolist()
    for name in repeated:
        shown.insert(int(generator.integers(len(names) // 2 + 20, len(shown))), (name, True))
    rows = []
    for order, (name, repeat) in enumerate(shown, 1):
        facts, modality, cue = cases[name]
        learned = 0.7 + 0.6 * order / len(shown)
        felt = skill * learned * cue + lean + generator.normal(0, 0.8)
        rating = float(np.clip(np.round(3.5 + 1.3 * felt), 1, 6))
        sure = abs(rating - 3.5)
        marks: tuple[Mark, ...] = ()
        if modality and rating > 4 and generator.random() < (0.5 if facts.view == "MLO" else 0.3):
            marks = (_mark(facts.view, generator),)
        rows.append(
            Rating(
                reader=f"R{number + 1}",
                case=name,
                truth=modality is not None,
                modality=modality,
                rating=rating,
                confidence=0.5 + sure / 5,
                seconds=round(float(np.exp(generator.normal(2.3 - 0.15 * sure, 0.45))), 2),
                order=order,
                session=1 + (order > len(shown) // 2),
                block=1 + order // 22,
                repeat=repeat,
                interrupted=bool(generator.random() < 0.01),
                marks=marks,
            )
        )
    return rows


def _audit(cases: dict[str, Case], generator: np.random.Generator) -> tuple[AuditRow, ...]:
    """Return what properties of the drawings tell of the truth, with permutation p."""
    drawings = [facts.thumbnail or b"" for facts, _, _ in cases.values()]
    pictures = [np.asarray(Image.open(io.BytesIO(d))) for d in drawings]
    truth = np.array([modality is not None for _, modality, _ in cases.values()])
    features = {
        "rows": [p.shape[0] for p in pictures],
        "file length": [len(d) for d in drawings],
        "unique levels": [len(np.unique(p)) for p in pictures],
        "fraction of zeros": [float((p == 0).mean()) for p in pictures],
    }
    rows = []
    for channel, values in features.items():
        ranks = rankdata(values)

        def area(positive: np.ndarray, ranks: np.ndarray = ranks) -> float:
            n = int(positive.sum())
            return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(ranks) - n)))

        found = area(truth)
        draws = [abs(area(generator.permutation(truth)) - 0.5) for _ in range(999)]
        p = (1 + sum(d >= abs(found - 0.5) for d in draws)) / 1000
        verdict = "no leak found" if p > 0.05 else "would be refused or waived"
        rows.append(AuditRow(channel=channel, auc=found, p=p, perceptual=False, verdict=verdict))
    return tuple(rows)


def _mark(view: str | None, generator: np.random.Generator) -> Mark:
    reason = str(generator.choice(REASONS, p=(0.22, 0.3, 0.14, 0.16, 0.13, 0.05)))
    angle = generator.uniform(-1.2, 1.2)
    reach = 0.9 if reason == "boundary" else generator.uniform(0.2, 0.8)
    if reason == "nipple-areola":
        angle, reach = generator.normal(0, 0.06), 0.92
    middle = 0.5 if view == "CC" else 0.56
    return Mark(
        x=float(np.clip(0.62 * reach * np.cos(angle), 0.02, 0.98)),
        y=float(np.clip(middle + 0.36 * reach * np.sin(angle), 0.02, 0.98)),
        reason=reason,
    )


def _drawn(view: str, generator: np.random.Generator) -> bytes:
    """Return a small drawing that stands for an image of that view."""
    y, x = np.mgrid[0:120, 0:96] / (120, 96)[0]
    x = x / 0.8
    middle = 0.5 if view == "CC" else 0.56
    wide, tall = generator.uniform(0.52, 0.72), generator.uniform(0.3, 0.42)
    inside = np.clip(1.15 - (x / wide) ** 2 - ((y - middle) / tall) ** 2, 0, 1) ** 0.35
    texture = Image.fromarray((generator.random((15, 12)) * 255).astype(np.uint8))
    smooth = np.asarray(texture.resize((96, 120), Image.Resampling.BICUBIC)) / 255.0
    grey = inside * (0.35 + 0.45 * smooth)
    if view == "MLO":
        grey = np.maximum(grey, np.clip(1 - 2.6 * x - 1.3 * y, 0, 1) ** 0.3 * 0.8)
    out = io.BytesIO()
    Image.fromarray((np.clip(grey, 0, 1) * 235).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


STATEMENTS = {
    "Question": "Can readers tell generated mammograms of two stages of training from real ones?",
    "Generator": (
        "Simulated. Two generators of 30 images each; recipes would be stated here: model hash, "
        "seed policy (random, not curated), number rejected."
    ),
    "Real images": "Simulated: 60 images stand for one image each of 60 women.",
    "Preprocessing": (
        "Both arms would pass one normaliser: same matrix, spacing, resampling, depth, window, "
        "air mask and side."
    ),
    "Readers": "Eight simulated readers, called five radiologists and three residents.",
    "Training and feedback": "None.",
    "Display and environment": "None: no image was displayed.",
    "Task and scale": (
        "“Is this image real or generated?” 1 surely real, 2 probably real, 3 perhaps real, "
        "4 perhaps generated, 5 probably generated, 6 surely generated."
    ),
    "What readers were told": "That there are real and generated images, not how many.",
    "Order and sessions": (
        "Each reader's order was drawn from a stored seed; two sessions; 12 images a reader were "
        "shown a second time, unannounced."
    ),
    "Sample size": (
        "For eight readers, 60 real and 30 generated images a generator the expected 90% "
        "interval of the reader-mean area is about 0.5 ± 0.08."
    ),
    "Data and code": "The simulation is part of the tests of Mammoscope.",
}

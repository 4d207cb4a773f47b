"""From a recipe to the four mammograms of a generated exam.

Importing this module is cheap; torch is imported when a `Synthesizer` is built, which takes about
two seconds and therefore belongs in a worker thread.
"""

import math
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.display import Curve, Encoding, Window
from app.core.geometry import Transform
from app.core.mammogram import SCREENING, Exam, Facts, Mammogram, Side, Source, Stored
from app.core.recipe import LatentPoint, Recipe
from app.synth.facts import known
from app.synth.library import load_ahead
from app.synth.locks import Locks
from app.synth.noise import Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gan.checkpoint import Model
    from gan.latent import Latent

#: Patient Orientation of a generated mammogram, which is made in the standard hang.
ORIENTATION: Mapping[tuple[str, str], tuple[str, str]] = {
    ("R", "CC"): ("P", "L"),
    ("L", "CC"): ("A", "R"),
    ("R", "MLO"): ("P", "FL"),
    ("L", "MLO"): ("A", "FR"),
}
FULL = Window(center=32768, width=65536, curve=Curve.LINEAR, name="full range")
PREVIEW_TRIALS = 3
LEAST_ROWS = 40  #: of a preview
LEARNT = 0.1  #: of what the last preview took


class Synthesizer:
    """A model loaded for rendering; may be used from any thread, one call at a time."""

    def __init__(self, path: Path) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        load_ahead()
        from gan.checkpoint import load_model
        from gan.images import to_stored
        from gan.inference import Drawer

        self.path = path
        self._model: Model = load_model(path)
        self._draw: Drawer = Drawer(self._model.generator, self._model.previews.heads)
        self._locks = Locks(self._model.directions)
        self._noise = Noise(self._model.config)
        self._lock = threading.Lock()
        self._milliseconds: dict[int, float] = {}
        config, card = self._model.config, self._model.card
        ground = int(to_stored(np.array(card.air)))
        self._encoding = Encoding(bits=16, vois=(FULL,), air=(0, ground))
        missing = {view for _, view in SCREENING} - set(config.labels)
        if missing and not config.pair:
            raise ValueError(f"{path.name}: makes no {', '.join(sorted(missing))} views")
        self.info = known(self._model, path.name)

    def render(
        self, recipe: Recipe, rung: int | None = None, *, exact: bool = True
    ) -> tuple[Mammogram, ...]:
        """Return RCC, LCC, RMLO and LMLO of a recipe, at a rung or at full size.

        For a hand in motion, not `exact`, what is locked is held by the last measurement.
        ValueError when the recipe was made with another model.
        """
        if recipe.model != self.info.hash:
            raise ValueError(
                f"this exam was made with model {recipe.model[:8]}, "
                f"not with {self.info.title} ({self.info.hash[:8]})"
            )
        top = len(self.info.rungs) - 1 if rung is None else rung
        pictures = self._pictures(recipe, top, exact=exact)
        return tuple(
            self._mammogram(recipe, side, view, picture)
            for (side, view), picture in zip(SCREENING, pictures, strict=True)
        )

    def free_share(self, direction: int, locked: Sequence[int]) -> float:
        """Return the share, 0 to 1, of a direction that is free of the locked ones."""
        return self._locks.free_share(direction, tuple(locked))

    def changes(self, recipe: Recipe) -> dict[int, float]:
        """Return what the edits of a recipe have changed, measured in steps, by direction.

        The mean over the four views against the same exam with all edits at 0; only directions of
        a measured attribute are there.
        """
        from gan.attributes import ATTRIBUTES

        if recipe.end is not None:
            return {}
        rest = replace(recipe, point=recipe.point.at_rest())
        now, before = (self._measured(self._images(one, self._measuring)) for one in (recipe, rest))
        names = list(ATTRIBUTES)
        return {
            k: float(now[names.index(f.name)] - before[names.index(f.name)]) / f.spread
            for k, f in enumerate(self._model.directions.facts)
            if f.kind == "measured" and f.spread and f.name in names
        }

    @property
    def _measuring(self) -> int:
        """The rung attributes are measured at."""
        from gan.directions import MEASURING_RUNG

        return min(MEASURING_RUNG, len(self.info.rungs) - 1)

    def _measured(self, images: "NDArray[np.float32]") -> "NDArray[np.float64]":
        """Return attributes, (k,), of an exam's images, (4, 1, h, w): means over the views."""
        from gan.attributes import measure

        values: NDArray[np.float64] = measure(images[:, 0], self.air).mean(axis=0)
        return values

    @property
    def network(self) -> "Model":
        """The model itself, for what needs its gradients."""
        return self._model

    def values(self, recipe: Recipe) -> "dict[str, NDArray[np.float32]]":
        """Return network values, (rows, columns), by label; chest wall at the left in all."""
        images = self._images(recipe, len(self.info.rungs) - 1)[:, 0]
        return {f"{side}{view}": one for (side, view), one in zip(SCREENING, images, strict=True)}

    @property
    def air(self) -> float:
        """The network value up to which there is ground, not breast."""
        return self._model.card.air

    def small(self, recipe: Recipe) -> "NDArray[np.float32]":
        """Return network values, (4, rows, columns), at the size attributes are measured at."""
        return self._images(recipe, self._measuring)[:, 0]

    def thumbnails(
        self, recipe: Recipe, direction: int, amounts: Sequence[float], rung: int
    ) -> "NDArray[np.uint8]":
        """Return the left CC view, (n, rows, columns), with a direction at each of the amounts."""
        import torch

        label = self._model.config.labels.index("CC")
        recipes = [
            replace(recipe, point=recipe.point.moved(direction, amount), end=None, position=0.0)
            for amount in amounts
        ]
        z = torch.from_numpy(np.stack([self._latents(one)[1] for one in recipes]))
        left = slice(1, 2)  # of RCC LCC RMLO LMLO
        noise = [m[left].expand(len(z), -1, -1, -1) for m in self._noise.of(recipes[0], rung)]
        with self._lock:
            images = self._draw(z, torch.full((len(z),), label), rung, noise, recipe.typicality)
        return self._shades(images[:, 0].numpy())

    def frames(self, recipe: Recipe, count: int, rung: int) -> "NDArray[np.uint8]":
        """Return a walk's left CC view at equal angles, (count, rows, columns)."""
        made = [
            self._images(replace(recipe, position=float(at)), rung)[1, 0]
            for at in np.linspace(0, 1, count)
        ]
        return self._shades(np.stack(made))

    def views(self, recipe: Recipe, rung: int) -> "NDArray[np.uint8]":
        """Return RCC, LCC, RMLO and LMLO, (4, rows, columns), chest walls at the left edge."""
        return self._shades(self._images(recipe, rung)[:, 0])

    def latent(self, recipe: Recipe) -> "Latent":
        """Return the right breast's latent, (d,)."""
        found: Latent = self._latents(recipe)[0]
        return found

    def angle(self, recipe: Recipe) -> float:
        """Return the degrees between the ends of a walk, of the right breast's latent."""
        ends = [self._latents(replace(recipe, position=at))[0] for at in (0.0, 1.0)]
        cosine = np.dot(*ends) / np.prod([np.linalg.norm(end) for end in ends])
        return math.degrees(math.acos(float(np.clip(cosine, -1, 1))))

    def _shades(self, values: "NDArray[np.float32]") -> "NDArray[np.uint8]":
        """Return network values as grey, air black."""
        grey: NDArray[np.uint8] = np.clip((values + 1) * 127.5, 0, 255).astype(np.uint8)
        grey[values <= self._model.card.air] = 0
        return grey

    def preview_rung(self, budget_ms: float) -> int:
        """Return the highest rung at which an exam takes at most so long on this machine.

        None below 40 rows where the model has such: there one sees nothing in a breast.
        """
        top = len(self.info.rungs) - 1
        least = next((k for k, (rows, _) in enumerate(self.info.rungs) if rows >= LEAST_ROWS), 0)
        for rung in range(least, top + 1):
            if rung not in self._milliseconds:
                self._milliseconds[rung] = self._time(rung)
            if self._milliseconds[rung] > budget_ms:
                return max(rung - 1, least)
        return top

    def took(self, rung: int, milliseconds: float) -> None:
        """Learn how long a preview took in use: with a window that paints, longer than alone."""
        before = self._milliseconds.get(rung, milliseconds)
        self._milliseconds[rung] = before + LEARNT * (milliseconds - before)

    def _time(self, rung: int) -> float:
        recipe = Recipe(model=self.info.hash, point=LatentPoint(seed=0))
        times = []
        for _ in range(PREVIEW_TRIALS):
            began = time.perf_counter()
            self._pictures(recipe, rung)
            times.append(1000 * (time.perf_counter() - began))
        return min(times)

    def _latents(self, recipe: Recipe, *, exact: bool = True) -> "Latent":
        """Return the latents, (2, d), of the right and the left breast; on a walk, between ends.

        What is locked holds only where it is `exact`.
        """
        from gan.latent import from_seed, slerp, tilted

        size = self._model.config.latent

        def own(numbers: tuple[float, ...], stream: int, seed: int) -> "Latent":
            if numbers and len(numbers) != size:
                raise ValueError(f"recipe: a latent of {len(numbers)} numbers; {size} are needed")
            return np.array(numbers, np.float32) if numbers else from_seed(seed, size, stream)

        def breasts(point: LatentPoint) -> "Latent":
            aside = own(point.aside, 1, point.seed)

            def both(right: "Latent") -> "Latent":
                return np.stack([right, tilted(right, aside, recipe.difference)])

            def seen(right: "Latent") -> "NDArray[np.float64]":
                rest = replace(recipe, point=point, end=None, position=0.0)
                return self._measured(self._drawn(both(right), rest, self._measuring))

            key = (point, recipe.difference, recipe.typicality)
            right, look = own(point.latent, 0, point.seed), seen if exact else None
            return both(self._locks.moved(right, point, look, key))

        start = breasts(recipe.point)
        if recipe.end is None:
            return start
        ends = zip(start, breasts(recipe.end), strict=True)
        return np.stack([slerp(a, b, recipe.position) for a, b in ends])

    def _images(self, recipe: Recipe, rung: int) -> "NDArray[np.float32]":
        """Return network values, (4, 1, rows, columns), chest wall at the left."""
        return self._drawn(self._latents(recipe), recipe, rung)

    def _drawn(self, latents: "Latent", recipe: Recipe, rung: int) -> "NDArray[np.float32]":
        """Return the same of latents, (2, d), with the noise and typicality of a recipe."""
        import torch

        from gan.labels import usual, wanted

        config, noise = self._model.config, self._noise.of(recipe, rung)
        if config.pair:  # of each breast one picture, whose channels are CC and MLO
            z = torch.from_numpy(latents)
            label = wanted(config, [usual(config)] * 2)
            noise = [maps[:2] for maps in noise]
        else:
            z = torch.from_numpy(latents[[0 if side == "R" else 1 for side, _ in SCREENING]])
            label = wanted(config, [{**usual(config), "view": view} for _, view in SCREENING])
        with self._lock:
            images = self._draw(z, label, rung, noise, recipe.typicality)
        if config.pair:
            images = images.transpose(0, 1).reshape(4, 1, *images.shape[2:])
        values: NDArray[np.float32] = images.numpy()
        return values

    def _pictures(self, recipe: Recipe, rung: int, *, exact: bool = True) -> list[Stored]:
        """Return stored values of the four views, each (rows, columns), chest wall at the left."""
        from gan.images import to_stored

        latents = self._latents(recipe, exact=exact)
        return [to_stored(image[0]) for image in self._drawn(latents, recipe, rung)]

    def _mammogram(self, recipe: Recipe, side: Side, view: str, picture: Stored) -> Mammogram:
        turned = Transform.FLIP_HORIZONTAL if side == "R" else Transform.IDENTITY
        pixels = np.ascontiguousarray(turned.apply(picture))
        facts = Facts(
            file=f"generated-{recipe.point.seed}-{side}{view}",
            rows=pixels.shape[0],
            columns=pixels.shape[1],
            side=side,
            view=view,
            source=Source.SYNTHETIC,
            orientation=ORIENTATION[side, view],
            exam=f"generated-{recipe.model[:8]}-{recipe.point.seed}",
            overlay={
                "model": f"{self.info.title} {self.info.hash[:8]}",
                "seed": str(recipe.point.seed),
            },
        )
        return Mammogram(facts=facts, pixels=pixels, encoding=self._encoding)


def exam_of(mammograms: tuple[Mammogram, ...], recipe: Recipe) -> Exam:
    """Return the exam that rendered mammograms make up."""
    return Exam(
        id=mammograms[0].facts.exam,
        title=f"Generated, seed {recipe.point.seed}",
        images=tuple(m.facts for m in mammograms),
    )

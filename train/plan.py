"""What a training will take: time, memory and disk, rung by rung, before it starts."""

import math
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from gan.config import NetworkConfig
from train.config import TrainConfig
from train.schedule import Stage, bounds
from train.state import Progress
from train.trainer import Trainer

PATIENCE = 20.0  #: seconds; a rung whose batch is expected to take longer is not tried out
KEPT = 20  #: numbers kept for the backward passes per feature and image, roughly


@dataclass(frozen=True, slots=True, kw_only=True)
class RungPlan:
    """What one rung will take; `measured` says whether steps were timed or only reckoned."""

    rung: int
    height: int
    width: int
    batch: int
    parts: int
    images: int  #: shown during fading and, at most, holding
    seconds_per_image: float
    memory: int  #: bytes on the device, weights included
    measured: bool

    @property
    def seconds(self) -> float:
        """Seconds for all images of the rung."""
        return self.images * self.seconds_per_image


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole training: rungs, and bytes on disk."""

    rungs: tuple[RungPlan, ...]
    checkpoint: int  #: bytes of one, at the top rung
    disk: int  #: bytes of all that is kept
    free: int  #: bytes free where the run will be

    def to_dict(self) -> dict[str, object]:
        """Return the plan as JSON-ready values."""
        rows = [{**asdict(r), "seconds": r.seconds} for r in self.rungs]
        return {**asdict(self), "rungs": rows, "seconds": sum(r.seconds for r in self.rungs)}


def work(network: NetworkConfig, rung: int) -> float:
    """Return multiplications per image of generator and critic together, forward, at a rung."""
    first = network.channels(0)
    height, width = network.base
    area = height * width
    total = first * area * network.latent + 18 * first * first * area + first * first * area
    for r in range(1, rung + 1):
        height, width = network.size(r)
        below, here = network.channels(r - 1), network.channels(r)
        total += 9 * height * width * 2 * (below * here + here * here)
    return float(total)


def features(network: NetworkConfig, rung: int) -> int:
    """Return numbers per image in the features of generator and critic at a rung."""
    return sum(4 * math.prod(network.size(r)) * network.channels(r) for r in range(rung + 1))


def seconds_left(
    config: TrainConfig, progress: Progress, stage: Stage, rate: float
) -> tuple[float, float]:
    """Return the seconds to the end of the rung and of training, from images per second now.

    Rungs to come are reckoned from their work; a rung left early makes it less.
    """
    of_rung = max(0, stage.ends_at - progress.shown) / rate
    here = work(config.network, stage.rung)
    later = 0.0
    places = bounds(config.growth, progress.ends)
    for rung, (begin, _, end) in enumerate(places, start=config.growth.start):
        if rung > stage.rung:
            later += (end - begin) * work(config.network, rung) / here / rate
    return of_rung, of_rung + later


def checkpoint_bytes(trainer: Trainer) -> int:
    """Return the bytes of a checkpoint once all rungs are trained: weights and both moments."""
    networks = trainer.networks
    count = {k: sum(p.numel() for p in n.parameters()) for k, n in networks.items()}
    return 4 * (3 * count["generator"] + 3 * count["critic"] + count["average"])


def planned(trainer: Trainer, folder: Path) -> Plan:
    """Return the plan of a training, timing two steps of each rung on the device.

    The trainer is used up by it. Rungs that would take too long to try are reckoned from the
    last one that was tried.
    """
    config = trainer.config
    found: list[RungPlan] = []
    for rung, (begin, full, end) in enumerate(bounds(config.growth), start=config.growth.start):
        last = found[-1] if found else None
        share = work(config.network, rung) / work(config.network, rung - 1) if last else 1.0
        guess = share * last.seconds_per_image * config.batch_at(rung) if last else 0.0
        tried = guess < PATIENCE
        per_image = (
            _timed(trainer, full) if tried else share * (last.seconds_per_image if last else 0)
        )
        height, width = config.network.size(rung)
        found.append(
            RungPlan(
                rung=rung,
                height=height,
                width=width,
                batch=config.batch_at(rung),
                parts=trainer.progress.parts if tried else 1,
                images=end - begin,
                seconds_per_image=per_image,
                memory=_memory(trainer, rung, tried),
                measured=tried,
            )
        )
    size = checkpoint_bytes(trainer)
    kept = config.keep + config.growth.top - config.growth.start + 1
    at = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(at).free
    return Plan(rungs=tuple(found), checkpoint=size, disk=(kept + 1) * size, free=free)


def fitted(config: TrainConfig, plan: Plan, seconds: float) -> TrainConfig:
    """Return settings whose schedule takes so many seconds: all fades and holds times one factor.

    A fifth is kept back for sheets, checkpoints and rates that were timed too well.
    """
    growth = config.growth
    factor = 0.8 * seconds / sum(rung.seconds for rung in plan.rungs)
    rungs = range(growth.top + 1)
    return replace(
        config,
        growth=replace(
            growth,
            fade_kimg=tuple(round(growth.fade(r) * factor) / 1000 for r in rungs),
            hold_kimg=tuple(max(1, round(growth.hold(r) * factor)) / 1000 for r in rungs),
        ),
    )


def _timed(trainer: Trainer, shown: int) -> float:
    """Return seconds per image at a place of the schedule, lazy penalties spread over steps."""
    every = trainer.config.penalty.every
    taken = []
    if trainer.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    for steps in (0, 0, 1):  # the first warms up: choice of kernels, compilation
        trainer.jump(shown, steps)
        began = time.perf_counter()
        float(trainer.step()[0])
        taken.append(time.perf_counter() - began)
    paid, plain = taken[1:] if every > 1 else (taken[1], taken[1])
    return (paid + (every - 1) * plain) / every / trainer.size


def _memory(trainer: Trainer, rung: int, tried: bool) -> int:
    if tried and trainer.device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    images = trainer.config.batch_at(rung) // trainer.world.size // trainer.progress.parts
    return checkpoint_bytes(trainer) + 4 * KEPT * features(trainer.config.network, rung) * images

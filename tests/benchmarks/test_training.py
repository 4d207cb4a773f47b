"""Training images per second on this machine's CPU, quarter width, batch 16, against two peers.

The peers train with WGAN-GP at every step: a plain eager loop, written below from Karras et al.
2018, and pytorch_GAN_zoo's progressive GAN at the same channels on squares of the nearest size.
Both draw fakes for each turn; ours draws them once, as it does unless `redraw` is set.
Each contender has a process of its own and they take turns, so that a drift of the machine hits
all; rates are per pixel, as the sizes differ. The second peer takes part when a checkout of
github.com/facebookresearch/pytorch_GAN_zoo is named:

    PYTORCH_GAN_ZOO=path/to/checkout python -m pytest tests/benchmarks/test_training.py -s

Its Adam is given 0.0 for 0, which torch refuses as an integer; it does not fade (that crashes on a
CPU), so neither do we. Prints one JSON line per size, pixels trained on per second. A ratio is the
median over the rounds of ours over a peer's in the same round, with the peer for which it is less.
"""

import copy
import importlib
import itertools
import json
import math
import multiprocessing
import os
import statistics
import sys
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gan import trainset
from gan.config import NetworkConfig
from train.config import Growth, Penalty, TrainConfig
from train.memory import keep_memory
from train.trainer import Trainer

BATCH = 16
QUARTER = NetworkConfig(channel_base=2048, channel_max=128, latent=128, rungs=6)
ZOO = os.environ.get("PYTORCH_GAN_ZOO", "")
ROUNDS = {2: 9, 3: 5, 4: 3, 5: 2}  #: by rung
EVERY = 8  #: steps, one of which pays a lazy penalty


class Conv(nn.Module):
    """The straightforward equalised convolution."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = math.sqrt(2 / (inputs * kernel**2))

    def forward(self, x):
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[2] // 2)


def normed(x):
    x = F.leaky_relu(x, 0.2)
    return x / torch.sqrt(torch.mean(x**2, dim=1, keepdim=True) + 1e-8)


class PlainGenerator(nn.Module):
    def __init__(self, c, rung):
        super().__init__()
        widths = [c.channels(r) for r in range(rung + 1)]
        self.shape = (widths[0], *c.base)
        self.dense = nn.Linear(c.latent, math.prod(self.shape))
        self.first = Conv(widths[0], widths[0], 3)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.ModuleList(nn.ModuleList([Conv(a, b, 3), Conv(b, b, 3)]) for a, b in pairs)
        self.image = Conv(widths[-1], 1, 1)

    def forward(self, z):
        x = normed(self.dense(z).reshape(-1, *self.shape))
        x = normed(self.first(x))
        for one, two in self.blocks:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = normed(two(normed(one(x))))
        return self.image(x)


class PlainCritic(nn.Module):
    def __init__(self, c, rung):
        super().__init__()
        widths = [c.channels(r) for r in range(rung, -1, -1)]
        self.image = Conv(1, widths[0], 1)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.ModuleList(nn.ModuleList([Conv(a, a, 3), Conv(a, b, 3)]) for a, b in pairs)
        self.last = Conv(widths[-1] + 1, widths[-1], 3)
        self.dense = nn.Linear(widths[-1] * math.prod(c.base), widths[-1])
        self.score = nn.Linear(widths[-1], 1)

    def forward(self, x):
        x = F.leaky_relu(self.image(x), 0.2)
        for one, two in self.blocks:
            x = F.leaky_relu(two(F.leaky_relu(one(x), 0.2)), 0.2)
            x = F.avg_pool2d(x, 2)
        y = x.reshape(4, -1, *x.shape[1:])
        deviation = torch.sqrt(y.var(dim=0, unbiased=False) + 1e-8).mean(dim=(1, 2, 3))
        plane = deviation.repeat(4).reshape(-1, 1, 1, 1).expand(-1, 1, *x.shape[2:])
        x = F.leaky_relu(self.last(torch.cat([x, plane], dim=1)), 0.2)
        return self.score(F.leaky_relu(self.dense(x.flatten(1)), 0.2))


def plain(rung):
    """Return a step of the straightforward eager loop, and its pixels."""
    generator, critic = PlainGenerator(QUARTER, rung), PlainCritic(QUARTER, rung)
    average = copy.deepcopy(generator)
    of_generator = torch.optim.Adam(generator.parameters(), 1e-3, (0.0, 0.99), 1e-8)
    of_critic = torch.optim.Adam(critic.parameters(), 1e-3, (0.0, 0.99), 1e-8)
    real = torch.rand(BATCH, 1, *QUARTER.size(rung)) * 2 - 1

    def step():
        of_critic.zero_grad()
        fake = generator(torch.randn(BATCH, QUARTER.latent)).detach()
        of_real, of_fake = critic(real), critic(fake)
        mix = torch.rand(BATCH, 1, 1, 1)
        between = (mix * real + (1 - mix) * fake).requires_grad_(True)
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
        loss = of_fake.mean() - of_real.mean() + 10 * penalty + 1e-3 * (of_real**2).mean()
        loss.backward()
        of_critic.step()
        of_generator.zero_grad()
        loss = -critic(generator(torch.randn(BATCH, QUARTER.latent))).mean()
        loss.backward()
        of_generator.step()
        with torch.no_grad():
            for kept, new in zip(average.parameters(), generator.parameters(), strict=True):
                kept.mul_(0.999).add_(new, alpha=0.001)

    return step, real.numel()


def zoo(rung):
    """Return a step of pytorch_GAN_zoo's progressive GAN on squares, and its pixels."""
    sys.path.insert(0, ZOO)
    adam = torch.optim.Adam
    torch.optim.Adam = lambda p, betas, lr: adam(p, lr, tuple(map(float, betas)))
    model = importlib.import_module("models.progressive_gan").ProgressiveGAN(
        dimLatentVector=QUARTER.latent,
        depthScale0=QUARTER.channels(0),
        miniBatchStdDev=True,
        useGPU=False,
        dimOutput=1,
        lossMode="WGANGP",
        lambdaGP=10.0,
        epsilonD=1e-3,
    )
    for r in range(1, rung + 1):
        model.addScale(QUARTER.channels(r))
    real = torch.rand(BATCH, 1, 4 << rung, 4 << rung) * 2 - 1
    return lambda: model.optimizeParameters(real), real.numel()


def ours(rung, kind, every):
    """Return a step of the trainer, and its pixels; with lazy penalties every other step pays."""
    keep_memory()
    config = TrainConfig(
        network=QUARTER,
        growth=Growth(start=rung, top=rung, hold_kimg=(1000,)),
        loss="wgan" if kind == "wgan-gp" else "relativistic",
        penalty=Penalty(kind=kind, gamma=10.0 if kind == "wgan-gp" else 0.1, every=every),
        batch=(BATCH,),
    )
    trainer = Trainer(config, _set())
    turn = itertools.count()

    def step():
        trainer.jump(trainer.shown, next(turn) % 2)
        trainer.step()

    return step, BATCH * math.prod(QUARTER.size(rung))


def _set():
    """Return a set of noise, the same for all."""
    from pathlib import Path
    from tempfile import mkdtemp

    folder = Path(mkdtemp(prefix="benchmark-"))
    noise = np.random.default_rng(0).integers(0, 256, (32, *QUARTER.size(5)), np.uint8)
    record = trainset.Record(file="", view="CC", side="L", patient="", split="train")
    trainset.write(folder, noise, [record] * 32, QUARTER.base)
    return trainset.open_set(folder)


#: Each contender's maker, and how many of each step in turn are as often as it says.
MAKERS = {
    "ours, WGAN-GP": (lambda rung: ours(rung, "wgan-gp", 1), (1,)),
    "ours, lazy": (lambda rung: ours(rung, "r1+r2", EVERY), (1, EVERY - 1)),
    "plain": (plain, (1,)),
    **({"pytorch_GAN_zoo": (zoo, (1,))} if ZOO else {}),
}


def contend(name, rung, pipe):
    """At each word take a step of each kind; answers pixels per second, of clock and of CPU."""
    make, often = MAKERS[name]
    step, pixels = make(rung)
    for _ in often:
        step()  # warms up
    pipe.send("ready")
    for _ in iter(pipe.recv, None):
        seconds = np.zeros(2)
        for times in often:
            began, worked = time.perf_counter(), time.process_time()
            step()
            taken = [time.perf_counter() - began, time.process_time() - worked]
            seconds += times * np.array(taken)
        pipe.send(sum(often) * pixels / seconds)


def to_best(rates):
    """Return ours over the best peer's, of rates by round."""
    mine = [name for name in rates if name.startswith("ours")]
    peers = [np.array(rates[name]) for name in rates if name not in mine]
    found = {n: min(float(np.median(np.array(rates[n]) / peer)) for peer in peers) for n in mine}
    return {n: round(ratio, 2) for n, ratio in found.items()}


@pytest.mark.parametrize("rung", [2, 3, 4, 5])
def test_training_rate(rung, capsys):
    spawn = multiprocessing.get_context("spawn")
    pipes, processes, rates = {}, [], {name: [] for name in MAKERS}
    for name in MAKERS:
        pipes[name], theirs = spawn.Pipe()
        processes.append(spawn.Process(target=contend, args=(name, rung, theirs), daemon=True))
        processes[-1].start()
        pipes[name].recv()
    try:
        for _ in range(ROUNDS[rung]):
            for name, pipe in pipes.items():
                pipe.send("go")
                rates[name].append(pipe.recv())
    finally:
        for pipe in pipes.values():
            pipe.send(None)
        for process in processes:
            process.join(30)
    found = {n: statistics.median(r for r, _ in values) for n, values in rates.items()}
    ratios, worked = (
        to_best({n: [pair[i] for pair in values] for n, values in rates.items()}) for i in (0, 1)
    )
    height, width = QUARTER.size(rung)
    with capsys.disabled():
        line = {
            "work": f"training at {height}x{width}, quarter width, batch {BATCH}",
            "unit": "pixels/s",
            "ours": {n: round(found[n]) for n in ratios},
            "images_per_second": {n: round(found[n] / (height * width), 2) for n in ratios},
            "peers": {n: round(r) for n, r in found.items() if n not in ratios},
            "ratio": ratios,
            "ratio_of_cpu_time": worked,  # what stays true on a busy machine
        }
        print("\n" + json.dumps(line))
    assert ratios["ours, WGAN-GP"] > 1.3
    assert ratios["ours, lazy"] > 2.0

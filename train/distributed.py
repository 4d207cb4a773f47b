"""Several processes, one training: started by torchrun, gradients averaged by hand.

DistributedDataParallel hooks into the backward pass, and gradient penalties run that twice; here
each process computes its gradients alone, then one sum makes them the same everywhere.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A process among all that train together; only rank 0 writes."""

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def leads(self) -> bool:
        """Say whether this process writes checkpoints, sheets and events."""
        return self.rank == 0

    def mean_gradients(self, parameters: Iterable[Tensor], more: Tensor) -> Tensor:
        """Average all gradients over the processes, in place; returns the average of `more`."""
        if self.size == 1:
            return more
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients] + [more.flatten()])
        dist.all_reduce(flat)
        flat /= self.size
        at = 0
        for gradient in gradients:
            gradient.copy_(flat[at : at + gradient.numel()].reshape(gradient.shape))
            at += gradient.numel()
        return flat[at:].reshape(more.shape)

    def most(self, value: float) -> float:
        """Return the largest of the processes' values."""
        if self.size == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.all_reduce(shared, dist.ReduceOp.MAX)
        return float(shared)

    def from_lead(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return rank 0's tensors, on the CPU; what the others give is not looked at.

        Names, shapes and types go first, as JSON: no pickle, which is what the library would use.
        """
        if self.size == 1:
            return dict(tensors)
        table = [[k, list(v.shape), str(v.dtype)[6:]] for k, v in tensors.items()]
        text = json.dumps(table).encode() if self.leads else b""
        length = torch.tensor([len(text)], device=self.device)
        dist.broadcast(length, 0)
        raw = torch.zeros(int(length), dtype=torch.uint8, device=self.device)
        if self.leads:
            raw = torch.frombuffer(bytearray(text), dtype=torch.uint8).to(self.device)
        dist.broadcast(raw, 0)
        received = {}
        for name, shape, kind in json.loads(bytes(raw.cpu().tolist())):
            if self.leads:
                value = tensors[name].to(self.device).contiguous()
            else:
                value = torch.empty(shape, dtype=getattr(torch, kind), device=self.device)
            dist.broadcast(value, 0)
            received[name] = value.cpu()
        return received

    def facts_from_lead(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return rank 0's JSON-ready facts."""
        if self.size == 1:
            return dict(facts)
        raw = torch.frombuffer(bytearray(json.dumps(facts).encode()), dtype=torch.uint8)
        found = self.from_lead({"facts": raw})["facts"]
        shared: dict[str, Any] = json.loads(bytes(found.tolist()))
        return shared

    def leave(self) -> None:
        """Take leave of the others."""
        if self.size > 1:
            dist.destroy_process_group()


def join(device: str = "auto") -> World:
    """Return this process's place as torchrun tells it, on its CUDA device where there is one.

    `device` is auto, cpu or cuda. ValueError when cuda is asked for and not there.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device {device!r}; allowed are auto, cpu, cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda: torch finds no CUDA device here; allowed are auto, cpu")
    local = int(os.environ.get("LOCAL_RANK", "0"))
    on = torch.device("cpu")
    if device != "cpu" and torch.cuda.is_available():
        on = torch.device("cuda", local % torch.cuda.device_count())
        torch.cuda.set_device(on)
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World(device=on)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if on.type == "cuda" else "gloo")
    return World(rank=dist.get_rank(), size=dist.get_world_size(), device=on)


def restarted() -> bool:
    """Say whether torchrun has started this process anew after one was lost."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0

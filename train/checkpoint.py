"""Checkpoints of a run: every tensor of the state in one safetensors file, written atomically.

Nothing else is needed to go on exactly: batches, latents and augmentations are pure functions of
seed and images shown, so no random-number state exists.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn, optim


def flatten(
    networks: Mapping[str, nn.Module], optimisers: Mapping[str, optim.Adam]
) -> dict[str, Tensor]:
    """Return all tensors of the state by name."""
    state = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            for key, value in moments.items():
                state[f"{name}.{index}.{key}"] = torch.as_tensor(value).detach().cpu().contiguous()
    return {key: value.clone() for key, value in state.items()}


def restore(
    state: Mapping[str, Tensor],
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, optim.Adam],
) -> None:
    """Load what `flatten` gave back into networks and optimisers."""
    for name, network in networks.items():
        prefix = f"{name}."
        own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        network.load_state_dict(own)
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith(f"{name}."):
                _, index, moment = key.split(".")
                moments.setdefault(int(index), {})[moment] = value.clone()
        whole = optimiser.state_dict()
        whole["state"] = moments
        optimiser.load_state_dict(whole)


def digest(state: Mapping[str, Tensor]) -> str:
    """Return a SHA-256 over names, shapes, types and bytes of all tensors."""
    mark = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        mark.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        mark.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return mark.hexdigest()


def save(path: Path, state: dict[str, Tensor], facts: Mapping[str, object]) -> None:
    """Write a checkpoint: beside its place, flushed to disk, re-opened, then renamed into place."""
    beside = path.with_suffix(".part")
    save_file(state, beside, metadata={"facts": json.dumps({**facts, "sha256": digest(state)})})
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
    load(beside)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Return tensors and facts of a checkpoint; ValueError when it does not match its hash."""
    try:
        with safe_open(path, framework="pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
    except SafetensorError as error:
        raise ValueError(f"{path.name}: damaged checkpoint ({error})") from error
    if facts.get("sha256") != digest(state):
        raise ValueError(f"{path.name}: damaged checkpoint (its contents do not match its hash)")
    return state, facts


def newest(folder: Path) -> Path | None:
    """Return the newest checkpoint of a run that is whole, or None."""
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            load(path)
        except (ValueError, OSError):
            continue
        return path
    return None

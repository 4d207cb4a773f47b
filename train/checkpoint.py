"""Checkpoints of a run: the whole state as tensors and a few numbers, in one sealed file.

Nothing else is needed to go on exactly: batches, latents, noise and augmentations are pure
functions of seed and step, so no random-number state exists.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn, optim

from gan import sealed
from gan.sealed import Sealed

PATTERN = "*.safetensors"


def flatten(
    networks: Mapping[str, nn.Module], optimisers: Mapping[str, optim.Adam]
) -> dict[str, Tensor]:
    """Return copies of all tensors of the state by name, on the CPU."""
    state = {
        f"{name}.{key}": value
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            for key, value in moments.items():
                state[f"{name}.{index}.{key}"] = torch.as_tensor(value)
    plain = torch.contiguous_format
    return {k: v.detach().cpu().clone(memory_format=plain) for k, v in state.items()}


def restore(
    state: Mapping[str, Tensor],
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, optim.Adam],
) -> None:
    """Load what `flatten` gave back into networks and optimisers, wherever they are."""
    for name, network in networks.items():
        prefix = f"{name}."
        own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        try:
            network.load_state_dict(own)
        except RuntimeError as error:
            raise ValueError(f"the checkpoint does not fit these settings ({error})") from error
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith(f"{name}."):
                _, index, moment = key.split(".")
                moments.setdefault(int(index), {})[moment] = value.clone()
        whole = optimiser.state_dict()
        whole["state"] = moments
        optimiser.load_state_dict(whole)
        # Moments lie in memory as their weights do: fused Adam goes through both in one line.
        for weight, own_state in optimiser.state.items():
            for key in ("exp_avg", "exp_avg_sq"):
                like = torch.empty_like(weight, memory_format=torch.preserve_format)
                own_state[key] = like.copy_(own_state[key])


def file_of(run: Path, shown: int, rung: int) -> Path:
    """Return where the checkpoint after so many images, at a rung, is kept."""
    return run / "checkpoints" / f"{shown:09d}-rung{rung}.safetensors"


def save(path: Path, state: Mapping[str, Tensor], facts: Mapping[str, object]) -> str:
    """Write a checkpoint; returns the hash over all of it. OSError says why it can't be kept.

    Twice its size must be free, so that the next one fits as well.
    """
    size = sum(value.nbytes for value in state.values())
    free = shutil.disk_usage(path.parent).free
    if free < 2 * size:
        raise OSError(
            f"{path.name}: {free / 1e6:,.0f} MB are free on the disk; a checkpoint of "
            f"{size / 1e6:,.0f} MB needs twice its size"
        )
    return sealed.write(path, state, facts)


def load(path: Path) -> Sealed:
    """Return the contents of a checkpoint; ValueError when it is damaged."""
    return sealed.read(path)


def newest(folder: Path, before: int | None = None) -> Path | None:
    """Return the newest checkpoint of a run that is whole (of fewer images than `before`), or None.

    One that is damaged is passed over.
    """
    for path in sorted(folder.glob(PATTERN), reverse=True):
        if before is not None and shown_of(path) >= before:
            continue
        try:
            load(path)
        except (ValueError, OSError):
            continue
        return path
    return None


def shown_of(path: Path) -> int:
    """Return the images shown that a checkpoint's name tells."""
    return int(path.name.partition("-")[0])


def forget_after(path: Path) -> None:
    """Delete all checkpoints newer than this one."""
    for other in path.parent.glob(PATTERN):
        if shown_of(other) > shown_of(path):
            other.unlink(missing_ok=True)


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete old checkpoints, returning them; the newest `keep` and each rung's last one stay."""
    written = sorted(folder.glob(PATTERN))
    last = {path.stem.rpartition("rung")[2]: path for path in written}
    old = [path for path in written[:-keep] if path not in last.values()]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def sweep(folder: Path) -> None:
    """Delete what a process that was killed while writing has left behind."""
    for pattern in ("*.part", ".tmp*"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)

"""Weights of a model file for networks that are going to be trained further."""

import torch
from torch import Tensor

from gan.config import NetworkConfig
from gan.networks import Critic, Generator

SAME = ("base", "image_channels", "latent", "resample", "output")


def take_weights(network: Generator | Critic, source: Generator | Critic) -> None:
    """Copy a trained network's weights into one of the same or a longer ladder.

    Up to the last rung of `source` the network then draws, or scores, the same. Rungs above keep
    their start. Labels may be new: what the networks had not been told before begins as any. Noise
    may be new, too. ValueError says all that does not fit.
    """
    wrong = _differences(network.config, source.config)
    if wrong:
        raise ValueError(f"the model does not fit these networks: {'; '.join(wrong)}")
    state = network.state_dict()
    taken = source.state_dict()
    for name in ("first", "embedding"):
        key = f"{name}.weight"
        if key in state:
            # Labels change the number of inputs, and so the scale that a weight is used with.
            ratio = (
                getattr(source, name).scale / getattr(network, name).scale if key in taken else 0
            )
            latents = network.config.latent if name == "first" else 0
            rest = taken.pop(key) * ratio if key in taken else state[key][:, :0]
            state[key] = _arranged(network.config, source.config, rest, latents)
    network.load_state_dict({**state, **{k: v.to(state[k].dtype) for k, v in taken.items()}})


def _arranged(own: NetworkConfig, other: NetworkConfig, weight: Tensor, latents: int) -> Tensor:
    """Return weight columns of latents and labels, (features, inputs), in the order of `own`."""
    columns, place = {}, latents
    for kind, classes in other.label_kinds.items():
        for name in classes:
            columns[kind, name] = weight[:, place]
            place += 1
    any_label = weight.new_zeros(len(weight))
    told = [(kind, name) for kind, classes in own.label_kinds.items() for name in classes]
    labels = [columns.get(label, any_label)[:, None] for label in told]
    return torch.cat([weight[:, :latents], *labels], dim=1)


def _differences(own: NetworkConfig, model: NetworkConfig) -> list[str]:
    wrong = [
        f"{name} is {getattr(model, name)}, here {getattr(own, name)}"
        for name in SAME
        if getattr(own, name) != getattr(model, name)
    ]
    if model.rungs > own.rungs:
        wrong.append(f"it has {model.rungs} rungs, here {own.rungs}")
    for rung in range(min(own.rungs, model.rungs)):
        if own.channels(rung) != model.channels(rung):
            wrong.append(
                f"{model.channels(rung)} channels at rung {rung}, here {own.channels(rung)}"
            )
            break
    if model.noise and not own.noise:
        wrong.append("it takes noise, here is none")
    for kind, classes in model.label_kinds.items():
        lost = [name for name in classes if name not in own.label_kinds.get(kind, ())]
        if lost:
            wrong.append(f"it was told {kind} {', '.join(lost)}, which is not told here")
    return wrong

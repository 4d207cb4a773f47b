"""Starting from a model's weights instead of from chance."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan.checkpoint import load_critic, load_model
from gan.transfer import take_weights
from train.config import TrainConfig

if TYPE_CHECKING:
    from train.trainer import Trainer


def begun_at_its_top(config: TrainConfig, path: Path, overrides: Sequence[str]) -> TrainConfig:
    """Return settings that begin at the last rung of a model file, unless told where to begin.

    ValueError when that rung is above the settings' top.
    """
    if any(override.partition("=")[0] == "growth.start" for override in overrides):
        return config
    rung, top = load_model(path).config.rungs - 1, config.growth.top
    if rung > top:
        raise ValueError(f"{path.name}: its last rung is {rung}; the settings end at rung {top}")
    return dataclasses.replace(config, growth=dataclasses.replace(config.growth, start=rung))


def take_over(trainer: "Trainer", path: Path, critic: Path | None = None) -> str:
    """Load a model's weights into a trainer that has not begun; returns the model's hash.

    The model's ladder may be shorter and its labels fewer. With the critic's file, that one goes
    on as well; without, a critic that knows nothing will pull the generator about at first.
    ValueError says what does not fit.
    """
    model = load_model(path)
    try:
        for network in (trainer.generator, trainer.average):
            take_weights(network, model.generator)
        if critic is not None:
            take_weights(trainer.critic, load_critic(critic).critic)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return model.hash

"""Starting from a model's weights instead of from chance."""

from pathlib import Path

from gan.checkpoint import load_model
from train.trainer import Trainer


def take_over(trainer: Trainer, path: Path) -> str:
    """Load a model file's generator into a trainer that has not begun; returns the model's hash.

    ValueError when its networks are of other sizes than the preset's, but for the ladder's length.
    """
    model = load_model(path)
    own, theirs = trainer.generator.state_dict(), model.generator.state_dict()
    wrong = [k for k, v in theirs.items() if k not in own or own[k].shape != v.shape]
    if wrong:
        raise ValueError(
            f"{path.name}: does not fit the preset's networks ({', '.join(wrong[:3])} differ); "
            f"its own are: {model.config.to_dict()}"
        )
    for network in (trainer.generator, trainer.average):
        network.load_state_dict({**network.state_dict(), **theirs})
    return model.hash

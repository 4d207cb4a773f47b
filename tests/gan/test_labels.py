"""Labels: what is told, what is withheld, and what any means to both networks."""

import pytest
import torch

from gan.config import NetworkConfig
from gan.labels import ANY, indices, one_hot, wanted, withheld
from gan.networks import Critic, Generator

CONFIG = NetworkConfig(
    latent=8,
    channel_base=64,
    channel_max=8,
    rungs=2,
    labels=("CC", "MLO"),
    densities=("A", "B", "C", "D"),
    vendors=("Hologic", "GE"),
    label_dropout=0.5,
)
VIEWS = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=2, labels=("CC", "MLO"))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"view": "MLO", "density": "D", "vendor": "GE"}, [1, 3, 1]),
        ({"view": "CC"}, [0, ANY, ANY]),
        ({"view": "CC", "density": "", "vendor": "Planmed"}, [0, ANY, ANY]),
    ],
)
def test_indices_of_what_is_known(known, expected):
    assert indices(CONFIG, known) == expected


def test_wanted_refuses_what_the_model_does_not_know():
    with pytest.raises(ValueError, match="density 'E': this model knows A, B, C, D"):
        wanted(CONFIG, [{"density": "E"}])
    with pytest.raises(ValueError, match="vendor 'GE': this model knows nothing"):
        wanted(VIEWS, [{"view": "CC", "vendor": "GE"}])
    with pytest.raises(ValueError, match="has to be told all of: view"):
        wanted(VIEWS, [{"view": "CC"}, {}])


def test_wanted_rows():
    rows = wanted(CONFIG, [{"view": "CC"}, {"density": "B"}])
    assert rows.tolist() == [[0, ANY, ANY], [ANY, 1, ANY]]
    assert wanted(NetworkConfig(), [{}, {}]) is None


def test_one_hot_places_kinds_side_by_side():
    hot = one_hot(CONFIG, torch.tensor([[1, 2, 0], [ANY, ANY, 1]]), torch.zeros(2, 1))
    assert hot.tolist() == [[0, 1, 0, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 1]]
    assert one_hot(CONFIG, torch.tensor([1]), torch.zeros(1, 1)).tolist() == [[0, 1] + 6 * [0]]


def test_labels_are_withheld_column_by_column_as_often_as_asked():
    label = torch.zeros(4000, 3, dtype=torch.int64)
    kept = withheld(CONFIG, label, torch.Generator().manual_seed(1)) == 0
    share = kept.float().mean(dim=0)
    torch.testing.assert_close(share, torch.full((3,), 0.5), atol=0.03, rtol=0)
    both = (kept[:, 0] & kept[:, 1]).float().mean()
    assert both == pytest.approx(0.25, abs=0.03)
    assert withheld(VIEWS, label[:, :1], torch.Generator()).equal(label[:, :1])


def test_each_label_changes_the_picture_and_the_score():
    torch.manual_seed(2)
    generator, critic, z = Generator(CONFIG), Critic(CONFIG), torch.randn(1, 8)
    x = torch.randn(1, 1, 10, 8)
    rows = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [ANY, 0, 0], [ANY, ANY, ANY]]
    pictures = [generator(z, torch.tensor([row])) for row in rows]
    scores = [critic(x, torch.tensor([row])) for row in rows]
    for found in (pictures, scores):
        for i, one in enumerate(found):
            assert all((one - other).abs().max() > 1e-4 for other in found[:i])


def test_no_label_is_any_of_all():
    torch.manual_seed(2)
    generator, critic, z = Generator(CONFIG), Critic(CONFIG), torch.randn(2, 8)
    anything = torch.full((2, 3), ANY)
    x = generator(z)
    torch.testing.assert_close(x, generator(z, anything))
    torch.testing.assert_close(critic(x), critic(x, anything))
    with pytest.raises(AssertionError, match="labels are needed"):
        Generator(VIEWS)(z)


def test_pairs_are_two_channels_without_view_labels():
    pair = NetworkConfig(image_channels=2, densities=("A", "B"), label_dropout=0.1)
    assert (pair.conditioning, list(pair.label_kinds)) == ("pair", ["density"])
    assert (VIEWS.conditioning, NetworkConfig().conditioning) == ("labels", "none")
    with pytest.raises(ValueError, match="two channels are CC and MLO"):
        NetworkConfig(image_channels=2, labels=("CC", "MLO"))

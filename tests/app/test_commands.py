import pytest

from app.commands import parse_seeds, parse_views


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("7", [7]), ("0-3", [0, 1, 2, 3]), ("4, 1-2,4", [4, 1, 2]), ("4294967295", [2**32 - 1])],
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "-1", "1-", "3-1", "1.5", "4294967296", "0-4294967295", "a"])
def test_wrong_seeds_are_refused(text):
    with pytest.raises(ValueError, match=r"^seeds "):
        parse_seeds(text)


def test_views():
    assert parse_views("all") == ("RCC", "LCC", "RMLO", "LMLO")
    assert parse_views("lmlo, RCC,lmlo") == ("LMLO", "RCC")
    with pytest.raises(ValueError, match="allowed are all"):
        parse_views("RCC,XX")

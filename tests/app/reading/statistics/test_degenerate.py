"""Odd data: what can't be estimated is said in words, nothing crashes, JSON holds no NaN."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.reading.ratings import Choice, CompletedReading, Mark, Rating
from app.reading.statistics.agreement import intraclass
from app.reading.statistics.analysis import analyse
from app.reading.statistics.choice import choices
from app.reading.statistics.estimate import as_json
from app.reading.summary import summary


def reading(rate, *, readers=3, positives=6, negatives=6, modalities=("m",), **facts):
    rows = [
        Rating(reader=f"r{r}", modality=m, case=f"c{c}", truth=c < positives, rating=value)
        for m, r, c in itertools.product(modalities, range(readers), range(positives + negatives))
        if (value := rate(m, r, c, c < positives)) is not None
    ]
    return CompletedReading(ratings=tuple(rows), margin=0.1, **facts)


def checked(data):
    """Analyse, prove the JSON clean and every lacking interval explained, and return it."""
    found = analyse(data)
    plain = as_json(found)
    json.dumps(plain, allow_nan=False)
    assert list(summary(found))

    def walk(value):
        if isinstance(value, dict):
            if "method" in value and value.get("low") is None and "statistic" not in value:
                assert value.get("reason"), value
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(plain)
    return found


def test_perfect_separation():
    found = checked(reading(lambda m, r, c, t: 6.0 if t else 1.0))
    panel = found.panel["auc"][0]
    assert panel.primary.value == 1
    assert not panel.primary.estimable
    assert "separate" in panel.primary.reason
    assert found.readers[0].auc.value == 1
    assert found.readers[0].auc.p is None
    assert panel.equivalence.equivalent is None


def test_constant_ratings():
    found = checked(reading(lambda m, r, c, t: 3.0))
    assert found.panel["auc"][0].primary.value == 0.5
    assert "constant" in found.panel["auc"][0].primary.reason
    assert found.agreement[0].fleiss_kappa.value is None


def test_one_reader():
    generator = np.random.default_rng(1)
    found = checked(reading(lambda m, r, c, t: generator.normal(), readers=1, modalities="ab"))
    panel = found.panel["auc"][0].obuchowski_rockette["delong"]
    assert "one reader" in panel["random_readers_random_cases"].reason
    assert panel["fixed_readers_random_cases"].estimable
    assert panel["fixed_readers_random_cases"].variance == pytest.approx(
        found.readers[0].auc.variance
    )
    pair = found.comparisons["auc"][0]
    assert pair.primary.p == pytest.approx(pair.readers[0].difference.p)
    assert pair.primary.estimable


@pytest.mark.parametrize(("positives", "negatives"), [(1, 6), (6, 1), (1, 1), (6, 0), (0, 6)])
def test_few_cases_of_a_class(positives, negatives):
    generator = np.random.default_rng(2)
    data = reading(
        lambda m, r, c, t: float(generator.integers(6)),
        positives=positives,
        negatives=negatives,
        modalities="ab",
    )
    found = checked(data)
    assert not found.panel["auc"][0].primary.estimable
    name = "positive" if positives < 2 else "negative"
    assert name in found.panel["auc"][0].gallas.reason
    if positives > 1:
        assert found.panel["sensitivity"][0].primary.method


def test_no_reader_differs_from_another():
    """MS(R) is zero: no degrees of freedom from readers, so the normal law is used."""
    generator = np.random.default_rng(3)
    values = generator.integers(6, size=12).astype(float)
    found = checked(reading(lambda m, r, c, t: values[c]))
    primary = found.panel["auc"][0].primary
    assert primary.estimable
    assert primary.df is None
    assert primary.variance == pytest.approx(found.readers[0].auc.variance)


def test_missing_ratings_leave_u_statistics_and_the_rest():
    generator = np.random.default_rng(4)
    data = reading(
        lambda m, r, c, t: None if (c + r) % 5 == 0 else float(generator.normal() + t),
        positives=20,
        negatives=20,
        modalities="ab",
    )
    found = checked(data)
    assert found.data.missing > 0
    assert found.comparisons["auc"][0].gallas.estimable
    assert "U-statistics" in (
        found.comparisons["auc"][0].dorfman_berbaum_metz["random_readers_random_cases"].reason
    )


def test_a_reader_without_positives():
    generator = np.random.default_rng(5)
    data = reading(lambda m, r, c, t: None if r == 0 and t else float(generator.normal()))
    found = checked(data)
    assert found.readers[0].auc.value is None
    assert not found.panel["auc"][0].primary.estimable
    assert found.panel["auc"][0].gallas.estimable


def test_readers_that_read_one_modality_each():
    generator = np.random.default_rng(6)
    data = reading(
        lambda m, r, c, t: float(generator.normal() + t) if (r < 4) == (m == "a") else None,
        readers=8,
        positives=15,
        negatives=15,
        modalities="ab",
    )
    found = checked(data).comparisons["auc"][0]
    assert found.primary.estimable
    assert found.gallas.estimable
    assert "different readers" in (found.dorfman_berbaum_metz["random_readers_random_cases"].reason)


def test_negative_variance_is_said_in_words():
    """Readers who contradict each other: averages vary less than chance allows."""
    data = reading(
        lambda m, r, c, t: float(c % 6 if r % 2 else 5 - c % 6),
        readers=4,
        positives=12,
        negatives=12,
    )
    found = checked(data).panel["auc"][0].gallas
    assert found.parts["variance_unbiased"] < 0
    assert "negative" in found.reason


def test_forced_choices_at_their_limits():
    def rows(chosen):
        return [
            Choice(reader=f"r{r}", pair=f"p{p}", positive_left=p % 2 == 0, chose_left=chosen(r, p))
            for r in range(3)
            for p in range(10)
        ]

    right = choices(rows(lambda r, p: p % 2 == 0), "m", margin=0.1)
    assert right.readers[0].correct.value == 1
    assert not right.gallas.estimable
    left = choices(rows(lambda r, p: True), "m", margin=0.1)
    assert left.readers[0].left.value == 1
    assert left.obuchowski_rockette["random_readers_random_cases"].value == 0.5
    assert choices([], "m") is None
    only = CompletedReading(ratings=(), choices=tuple(rows(lambda r, p: r == p % 3)))
    assert checked(only).choices[0].readers[0].correct.trials == 10


cells = st.one_of(st.none(), st.integers(1, 6).map(float))


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(st.data(), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
def test_any_small_table_is_analysed(data, readers, positives, negatives, modalities):
    found = data.draw(
        st.lists(
            cells,
            min_size=readers * modalities * (positives + negatives),
            max_size=readers * modalities * (positives + negatives),
        )
    )
    values = iter(found)
    try:
        built = reading(
            lambda m, r, c, t: next(values),
            readers=readers,
            positives=positives,
            negatives=negatives,
            modalities="abc"[:modalities],
        )
    except ValueError:
        assert all(v is None for v in found)
        return
    checked(built)


def test_all_trial_facts():
    generator = np.random.default_rng(8)
    rows = [
        Rating(
            reader=f"r{r}",
            modality="m",
            case=f"c{k % 24}",
            truth=k % 2 == 0,
            rating=float(generator.integers(1, 7)),
            confidence=float(generator.random()),
            seconds=float(generator.gamma(3)),
            order=k + 1,
            repeat=k >= 24,
            marks=(Mark(x=0.5, y=0.5, reason="shape"),) if k % 4 == 0 else (),
        )
        for r in range(3)
        for k in range(30)
    ]
    found = checked(CompletedReading(ratings=tuple(rows), margin=0.1))
    assert found.repeats[-1].cases == 18
    assert found.order.learning.estimable
    assert found.time.order.estimable
    assert found.artefacts[0].reasons == {"shape": 18}
    assert found.artefacts[0].marked.value == pytest.approx(0.5)


def test_readers_who_contradict_each_other_have_no_icc_of_their_mean() -> None:
    single, averaged = intraclass(np.array([[1.0, 2.0], [3.0, 1.0]]))
    assert single.value == pytest.approx(-4)  # by hand: (0.25 - 2.25) / (0.25 + 0.25)
    assert averaged.value is None  # its denominator is below 0
    assert averaged.reason

"""The report: every figure with its numbers, what lacks is said, two settings of one document."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from simulated_reading import sample
from typer.testing import CliRunner

from app.__main__ import cli
from app.reading.imrmc import read_imrmc
from app.reading.plots.base import PLOTS
from app.reading.ratings import Choice, CompletedReading, Rating, Verification
from app.reading.report.compose import compose, document_of, write
from app.reading.report.differences import comparisons
from app.reading.report.document import Figure, Table
from app.reading.report.html import to_html
from app.reading.statistics.analysis import analyse
from app.reading.table import read_table
from app.resources import folder

EXAMPLE = Path(__file__).parents[1] / "statistics" / "imrmc_example.csv"
ALL_PLOTS = {
    "roc", "forest", "ratings", "bias", "calibration", "correlations", "learning", "times",
    "caterpillar", "artefacts",
}  # fmt: skip


@pytest.fixture(scope="module")
def reading() -> CompletedReading:
    return sample()


@pytest.fixture(scope="module")
def report(reading):
    return compose(reading, version="1.2.3", made="2026-01-02")


@pytest.fixture(scope="module")
def written(report, reading, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    write(report, reading, out, folder("report"))
    return out


def test_all_plots_are_drawn_with_their_numbers(report):
    assert set(report.plots) == ALL_PLOTS
    shown = {b.plot.name for s in report.document.sections for b in s.blocks if type(b) is Figure}
    assert shown == ALL_PLOTS
    for plot in report.plots.values():
        assert ET.fromstring(plot.svg).tag.endswith("svg")
        lines = plot.csv().splitlines()
        assert lines[0].split(",") == list(plot.columns)
        assert len(lines) == len(plot.rows) + 1 > 1


def test_numbers_of_figures_are_those_of_the_analysis(report):
    forest = {row[:2]: row[2] for row in report.plots["forest"].rows}
    for reader in report.analysis.readers:
        assert forest[reader.modality, reader.reader] == reader.auc.value
    assert len(report.plots["caterpillar"].rows) == 120
    assert sum(row[-1] for row in report.plots["ratings"].rows) == 8 * (120 + 60)


def test_figures_follow_the_theme_of_the_page(report):
    for plot in report.plots.values():
        page = plot.themed()
        assert "var(--text)" in page
        assert not re.search(r"fill: ?#(22252a|806400|2f6d92)", page)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert all(i.startswith(plot.name) for i in ids)
        for used in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page):
            assert (used[0] or used[1]) in ids


def test_the_same_reading_gives_the_same_files(reading, report):
    for name in ("forest", "times"):
        assert PLOTS[name](reading, report.analysis) == report.plots[name]
    assert sample() == reading


def test_files(written, reading):
    assert (written / "report.pdf").read_bytes().startswith(b"%PDF")
    numbers = json.loads((written / "analysis.json").read_text())
    assert len(numbers["readers"]) == 16
    table = read_table((written / "ratings.csv").read_text())
    assert [r.rating for r in table.ratings] == [r.rating for r in reading.ratings]
    assert [r.seconds for r in table.ratings] == [r.seconds for r in reading.ratings]
    again = analyse(read_imrmc((written / "ratings.imrmc").read_text()))
    panel = {p["modality"]: p["primary"]["value"] for p in numbers["panel"]["auc"]}
    assert {p.modality: p.primary.value for p in again.panel["auc"]} == pytest.approx(panel)
    page = (written / "report.html").read_text()
    for name in ALL_PLOTS:
        assert (written / "figures" / f"{name}.csv").is_file()
        assert f'href="figures/{name}.csv"' in page
    assert "http" not in re.sub(r"http://www\.w3\.org[^\"' ]*", "", page)


def test_simulated_readers_are_named_on_every_page(report, written):
    assert "SIMULATED READERS" in report.document.banner
    assert 'class="banner' in (written / "report.html").read_text()
    template = (folder("report") / "reading.typ").read_text()
    assert "header: context" in template
    assert "report.banner" in template


def _page(reading, report):
    made = document_of(reading, report.analysis, report.plots, version="1", made="x")
    return to_html(made, report.plots, folder("report"))


def test_what_is_not_stated_is_said(reading, report):
    bare = replace(
        reading, statements={}, audit=(), verification=None, margin_reason="", simulated=False
    )
    page = _page(bare, report)
    assert page.count("Not stated.") == 15
    assert "No leak audit came with these ratings" in page
    assert "no protocol, chain or key could be verified" in page


def test_broken_verification_and_waivers_are_printed(reading, report):
    audit = (replace(reading.audit[0], waiver="the owner accepts it <b>"),)
    broken = replace(
        reading, audit=audit, verification=Verification(checks=(("chain of R1", False),))
    )
    page = _page(broken, report)
    assert "BROKEN" in page
    assert "A check did not hold." in page
    assert "waived: the owner accepts it &lt;b&gt;" in page


def test_no_word_of_a_table_is_nan(report):
    for section in report.document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                assert {len(row) for row in block.rows} == {len(block.columns)}
                assert not any("nan" in c.lower().split() for row in block.rows for c in row)


@pytest.mark.parametrize("rate", [lambda t: 3.0, lambda t: 6.0 if t else 1.0])
def test_report_of_degenerate_ratings(rate, tmp_path):
    rows = [
        Rating(reader=r, case=f"c{c}", truth=c < 4, rating=rate(c < 4), seconds=1.0, order=c + 1)
        for r in "AB"
        for c in range(8)
    ]
    odd = CompletedReading(ratings=tuple(rows), margin=0.1, title='Odd # "ones" $x$ \\ <i> [1]')
    found = compose(odd, version="1", made="x")
    write(found, odd, tmp_path, folder("report"))
    assert "not estimable" in (tmp_path / "report.html").read_text()


def test_report_of_forced_choices_only(tmp_path):
    rows = [
        Choice(reader=r, pair=f"p{p}", positive_left=p % 2 == 0, chose_left=(p * k) % 3 == 0)
        for k, r in enumerate("ABC", 1)
        for p in range(20)
    ]
    only = CompletedReading(ratings=(), choices=tuple(rows), margin=0.1)
    found = compose(only, version="1", made="x")
    write(found, only, tmp_path, folder("report"))
    assert set(found.plots) == {"forced_choice"}


def test_more_than_two_modalities_are_tested_at_once(tmp_path):
    generator = np.random.default_rng(6)
    rows = [
        Rating(reader=r, modality=m, case=f"c{c}", truth=c < 9, rating=float(generator.normal()))
        for r in "AB"
        for m in "xyz"
        for c in range(18)
    ]
    found = analyse(CompletedReading(ratings=tuple(rows)))
    words = [b.text for b in comparisons(found=found, plots={}, reading=None).blocks[:1]]
    assert words[0].startswith("All 3 modalities at once: F = ")
    assert len(found.comparisons["auc"]) == 3


def call(*arguments):
    return CliRunner().invoke(cli, ["reading", *map(str, arguments)])


def test_analyse_command():
    found = call("analyse", "--table", EXAMPLE, "--margin", 0.1, "--json")
    assert found.exit_code == 0, found.output
    numbers = json.loads(found.stdout)
    gallas = numbers["comparisons"]["auc"][0]["gallas"]
    assert gallas["variance"] == pytest.approx(0.00498951, abs=1e-6)
    assert gallas["df"] == pytest.approx(7.35007, abs=1e-4)
    words = call("analyse", "--table", EXAMPLE)
    assert "reader mean  AUC 0.704" in words.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyse", "--table", "missing.csv"], "missing.csv: no such file"),
        (["report", "--out", "x"], "give either --table RATINGS.csv or --sample"),
        (["analyse", "--table", EXAMPLE, "--margin", "0.7"], "margin 0.7"),
        (["analyse", "--table", EXAMPLE, "--alpha", "0"], "alpha 0.0"),
    ],
)
def test_commands_refuse_in_one_sentence(arguments, words):
    found = call(*arguments)
    assert found.exit_code == 2
    assert words in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_options_change_only_what_they_name(tmp_path):
    out = tmp_path / "r"
    found = call("report", "--sample", "--out", out, "--positive", "made")
    assert found.exit_code == 0, found.output
    page = (out / "report.html").read_text()
    assert "with a margin of 0.1 around" in page
    assert "The positive class is “made”" in page


def test_report_command(tmp_path):
    found = call("report", "--table", EXAMPLE, "--out", tmp_path / "r", "--title", "Two tests")
    assert found.exit_code == 0, found.output
    assert "<h1>Two tests</h1>" in (tmp_path / "r" / "report.html").read_text()

"""From sealed packages to the report: readings and report meet."""

import json

import numpy as np
from typer.testing import CliRunner

from app.__main__ import cli
from app.readings import coordinator


def test_report_of_an_unblinded_reading(reading, reads, tmp_path):
    generator = np.random.default_rng(5)
    for reader in ("ann", "bob"):
        for _ in range(20):
            reads(reading.package(reader), 1, int(generator.integers(1, 7)))
        reads(reading.package(reader))
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    out = tmp_path / "report"
    arguments = ["reading", "report", "--table", str(reading.folder), "--out", str(out)]
    found = CliRunner().invoke(cli, arguments)
    assert found.exit_code == 0, found.output
    page = (out / "report.html").read_text()
    for words in (
        "equivalence was",
        "SHA-256",
        "25 of 25 trials",
        "2 readers: with fewer than six",
    ):
        assert words in page
    assert "could be verified" not in page
    assert (out / "report.pdf").stat().st_size > 50_000
    numbers = json.loads((out / "analysis.json").read_text())
    panel = numbers["panel"]["auc"]
    assert all(p["equivalence"]["margin"] == 0.1 for p in panel)
    assert numbers["repeats"][-1]["cases"] == 6
    assert numbers["data"]["ratings"] == 40

"""Judging a model against real mammograms, offline: `python -m train.evaluate MODEL SET --out R`.

Add a metric: one function from `Case` to `Judgement`, and its name in `metrics.METRICS`.
"""

"""Blinded reader studies: pure values, statistics, plots and report."""

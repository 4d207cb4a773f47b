"""Multi-reader multi-case statistics; numpy and scipy only."""

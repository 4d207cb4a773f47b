"""Values and mathematics of mammograms: numpy and scipy only, no files, no Qt, no torch."""

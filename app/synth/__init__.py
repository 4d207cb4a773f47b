"""Generated mammograms: the only importer of gan, and of torch only when a picture is asked for."""

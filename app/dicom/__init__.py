"""Images in and out: the only importer of pydicom. Files are read to values and never changed."""

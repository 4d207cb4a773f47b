"""The report of a reading: one document, set as a web page and as a PDF."""

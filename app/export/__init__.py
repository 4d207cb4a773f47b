"""Generated exams to files: pictures, DICOM, films, contact sheets, tables; all marked."""

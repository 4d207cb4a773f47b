"""The dialog that writes generated exams to files."""

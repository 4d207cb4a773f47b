"""The dialogs that write generated exams, and copies of real ones without identifiers."""

"""Case files: read, run, fitted, planned, written."""

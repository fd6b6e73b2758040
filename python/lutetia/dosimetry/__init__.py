"""Absorbed doses of a finished run."""

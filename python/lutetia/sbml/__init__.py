"""Runs as SBML (Level 3 Version 2), for other simulators and other eyes."""

from lutetia.sbml.export import export_case, export_sbml

__all__ = ["export_case", "export_sbml"]

"""Measurements of patients: the table, its audit, and tables of other programs."""

from lutetia.measurements.administrations import administration_table
from lutetia.measurements.observations import Observations

__all__ = [
    "Observations",
    "administration_table",
]

"""Measurements of patients: the table, its audit, and tables of other programs."""

from lutetia.measurements.administrations import administration_table
from lutetia.measurements.auditing import Audit, audit
from lutetia.measurements.observations import Observations

__all__ = [
    "Audit",
    "Observations",
    "administration_table",
    "audit",
]

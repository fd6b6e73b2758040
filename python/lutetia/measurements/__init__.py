"""Measurements of patients: the table, its audit, and tables of other programs."""

from lutetia.measurements.administrations import administration_table
from lutetia.measurements.auditing import Audit, audit
from lutetia.measurements.blood_samples import read_pytheranostics_blood
from lutetia.measurements.event_reading import read_events
from lutetia.measurements.event_writing import write_events
from lutetia.measurements.observations import Observations
from lutetia.measurements.pytheranostics import read_pytheranostics

__all__ = [
    "Audit",
    "Observations",
    "administration_table",
    "audit",
    "read_events",
    "read_pytheranostics",
    "read_pytheranostics_blood",
    "write_events",
]

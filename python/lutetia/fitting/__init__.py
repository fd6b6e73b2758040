"""Fit a patient: what is known before, how measurements scatter, the search, and what is known after."""

from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.patient_fit import fit
from lutetia.fitting.prior import Prior
from lutetia.fitting.result import Fit

__all__ = ["Coordinate", "ErrorModel", "Fit", "Prior", "fit"]

"""Compare regimens in one patient, in virtual patients or in a cohort."""

from lutetia.comparing.comparison import Comparison
from lutetia.comparing.regimens import compare

__all__ = ["Comparison", "compare"]

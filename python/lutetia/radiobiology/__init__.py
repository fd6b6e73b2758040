"""From dose rates to biologically effective dose."""

from lutetia.radiobiology.dose_rates import dose_rate
from lutetia.radiobiology.effective_dose import (
    CAUTION,
    BiologicallyEffectiveDose,
    biologically_effective_dose,
)
from lutetia.radiobiology.repopulation import critical_time, repopulation_loss
from lutetia.radiobiology.tissues import TissueValues, tissues_with

__all__ = [
    "CAUTION",
    "BiologicallyEffectiveDose",
    "TissueValues",
    "biologically_effective_dose",
    "critical_time",
    "dose_rate",
    "repopulation_loss",
    "tissues_with",
]

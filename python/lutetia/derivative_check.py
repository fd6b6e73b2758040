"""The report that checks exact derivatives of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.derivatives import checked_arguments
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen


def check_derivatives(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    by: Sequence[str],
    *,
    convention: str = "s_values",
    dual_tolerance: float = 1e-9,
    difference_tolerance: float = 1e-6,
    library: _core.Library | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Compare the derivatives of a run with dual numbers and with central differences.

    The dual numbers (``ceres::Jet``) go through the whole integrator at the steps of the run; nothing
    of their derivative of a step is written by hand. The differences are central, of fourth order,
    of runs at rtol 1e-10. Takes seconds for each cycle.

    Parameters
    ----------
    model, patient, regimen, by, convention, library, **options
        As in `sensitivities`; output times are chosen away from events, where the sides differ.
    dual_tolerance, difference_tolerance
        Errors up to which a row passes, relative to the peak of the derivative over times or cycles
        in its region; where that is less than a hundredth of the observable per value of the
        direction (per hour for times), relative to that.

    Returns
    -------
    pandas.DataFrame
        One row per direction and observable: columns ``direction``, ``observable``, ``where`` (the
        worst region, time or cycle), ``exact`` and ``difference`` there [in the units of
        `Sensitivities`], ``dual_error``, ``difference_error`` and ``passed``.

    Raises
    ------
    ModelError, ValueError, SolverError
        As `sensitivities`.

    Examples
    --------
    >>> from lutetia import Infusion
    >>> cycle = Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                  duration="30 min")
    >>> report = check_derivatives("sstr2_whole_body", "reference_male", cycle,
    ...                            ["gfr", "administration_1.duration"], end="100 h")
    >>> report["observable"].unique().tolist()
    ['activity', 'time_integrated_activity', 'absorbed_dose']
    >>> bool(report["passed"].all())
    True
    """
    conventions = _core.DoseConvention.__members__
    if convention not in conventions:
        raise ValueError(
            f"convention must be one of {', '.join(conventions)}, found {convention!r}"
        )
    if "times" in options:
        raise ValueError("output times are chosen by the check; leave 'times' out")
    checked = checked_arguments(model, patient, regimen, by, library, options)
    rows = _core.check_derivatives(
        *checked, list(by), conventions[convention], dual_tolerance, difference_tolerance
    )
    return pd.DataFrame(rows)

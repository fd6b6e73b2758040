"""How absorbed dose or uptake of lesions changes from cycle to cycle, from a table of values per cycle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lutetia.cycle_effects.design import DEVIATIONS, TERMS, design
from lutetia.cycle_effects.mixed_effects import fit_mixed
from lutetia.cycle_effects.result import CycleEffectFit
from lutetia.cycle_effects.table import Source, read_cycle_table
from lutetia.errors import SolverError


def fit_cycle_effect(
    table: Source,
    term: str = "per_cycle_factor",
    *,
    deviations: Sequence[str] = ("patient", "lesion", "cycle"),
    inter_cycle_cv: float | None = None,
    volume: bool = False,
    value: str | None = None,
    restricted: bool = True,
) -> CycleEffectFit:
    """Fit the cycle effect of a table of lesions, patients and cycles.

    A linear mixed-effects model of ln value: the level of a lesion, the effect of its group, deviations of
    patient and lesion from it, what a cycle of a patient does to all lesions alike, and what is left. The
    variances are estimated; those the table cannot tell apart are left out, so that one lesion of one patient
    is as welcome as a cohort.

    Parameters
    ----------
    table
        As `read_cycle_table` takes it.
    term
        What a cycle multiplies the value by: ``"none"``; ``"after_first"``, θ in every cycle but the first;
        ``"per_cycle_factor"``, q^(cycle − 1); ``"exponential"``, the same curve written exp(−decline·(cycle − 1));
        ``"free_per_cycle"``, a factor for each cycle, the last one staying for later cycles.
    deviations
        What may deviate from the effect of the group: the effect of each ``"patient"``, of each ``"lesion"``,
        and each ``"cycle"`` of a patient with all its lesions.
    inter_cycle_cv
        Known coefficient of variation of a value around its curve (0.1 is 10 %), besides the
        ``standard_deviation`` of the table; estimated when absent.
    volume
        Fit the change of volume together with that of the value, a factor per cycle. Deviations of volume and
        value are taken as independent.
    value
        Column of the value, see `read_cycle_table`.
    restricted
        Restricted maximum likelihood; `compare` uses the likelihood itself.

    Returns
    -------
    CycleEffectFit

    Raises
    ------
    DataError
        If the table is wrong or too small for the term.
    ValueError
        If an option is wrong.
    SolverError
        If the variances do not converge.

    References
    ----------
    Linear mixed-effects models of absorbed dose by cycle: Roth et al. 2022, J Nucl Med, PMC8978188.

    Examples
    --------
    >>> table = pd.DataFrame({"patient": ["A"] * 4, "cycle": [1, 2, 3, 4], "value": [30.0, 26.0, 25.0, 21.0]})
    >>> fit = fit_cycle_effect(table)
    >>> fit.parameters.loc[["decline_percent_per_cycle"], ["estimate", "low_90", "high_90"]].round(1)
                               estimate  low_90  high_90
    quantity
    decline_percent_per_cycle      10.5     5.8     15.0
    >>> fit.predict(cycle=5)[["estimate", "low", "high"]].round(1)
       estimate   low  high
    0      19.2  16.0  23.0
    """
    check_options(term, deviations, inter_cycle_cv)
    rows = read_cycle_table(table, value=value)
    return fit_rows(rows, term, deviations, inter_cycle_cv, volume=volume, restricted=restricted)


def fit_rows(
    rows: pd.DataFrame,
    term: str,
    deviations: Sequence[str],
    inter_cycle_cv: float | None,
    *,
    volume: bool = False,
    restricted: bool = True,
) -> CycleEffectFit:
    """Fit a table that has been read: `fit_cycle_effect` without checks of table and options."""
    made = design(rows, term, deviations, inter_cycle_cv, volume)
    mixed = fit_mixed(made.blocks, restricted=restricted)
    if not mixed.converged:
        raise SolverError(
            f"the variances of term {term!r} did not converge; leave out some of deviations={tuple(deviations)}"
        )
    return CycleEffectFit(made, mixed, inter_cycle_cv)


def check_options(term: str, deviations: Sequence[str], inter_cycle_cv: float | None) -> None:
    """Refuse options that are none."""
    if term not in TERMS:
        raise ValueError(f"term must be one of {', '.join(TERMS)}, found {term!r}")
    if isinstance(deviations, str) or any(d not in DEVIATIONS for d in deviations):
        raise ValueError(f"deviations must be some of {list(DEVIATIONS)}, found {deviations!r}")
    if inter_cycle_cv is not None and not 0 < inter_cycle_cv < np.inf:
        raise ValueError(f"inter_cycle_cv must be above zero, found {inter_cycle_cv}")

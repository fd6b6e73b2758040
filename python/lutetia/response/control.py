"""Probability that a lesion is controlled."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.radiobiology import BiologicallyEffectiveDose, repopulation_loss
from lutetia.response.parameters import TumorResponse
from lutetia.response.tumor import Responses, mass_of, response_of
from lutetia.units import Quantity


def tumor_control_probability(
    bed: BiologicallyEffectiveDose,
    response: Responses = None,
    *,
    doubling_time: Quantity = None,
) -> pd.DataFrame:
    """Probability that no clonogenic cell of a lesion survives, TCP = exp(−N₀·SF), mean over patients.

    SF is the mean of exp(−α·BED) over a log-normal dose within the lesion (``heterogeneity``), the mean over
    patients is that of a log-normal α (``alpha_cv``). Oxygen multiplies the effect of electrons and photons by f on
    α and f² on β, sensitizers all effect by their factor while they act:
    BED = Σ_windows m·[f·D + f²·Q/(α/β) + RBE_max·D_α].

    Parameters
    ----------
    bed
        Of a run; its lesions are taken.
    response
        What is assumed, as in `tumor_response`: ``alpha``, ``alpha_cv``, ``clonogen_density``, ``heterogeneity``,
        ``oxygen`` and ``sensitizers``. Growth and ``dose_rate`` do not matter: the dose is that of the run.
    doubling_time
        Of clonogenic cells during treatment; BED is lost to them from the first to the last administration. None
        when absent.

    Returns
    -------
    pandas.DataFrame
        Index lesion; columns ``clonogens``, ``BED_Gy`` (mean, with oxygen and sensitizers, after repopulation),
        ``tcp`` (mean over patients) and ``tcp_of_mean_alpha``.

    Raises
    ------
    ValueError
        If the response has ``repair_factors``: repair is part of the BED. If `doubling_time` is not positive, or given
        with an ``alpha`` of 0.

    References
    ----------
    Munro and Gilbert 1961, Br J Radiol 34:246, doi:10.1259/0007-1285-34-400-246.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> tcp = lt.tumor_control_probability(lt.biologically_effective_dose(run))
    >>> float(tcp["tcp"].max()) < 0.01  # α of 0.0172 1/Gy
    True
    """
    run = bed.run
    starts = run.data["cycle_start"].values
    rows = []
    for lesion in run.lesions:
        used = response_of(response, lesion, run.library)
        v = used.values
        linear, quadratic = _effective_dose(bed, lesion, used)
        lost = 0.0
        if doubling_time is not None:
            lost = repopulation_loss(
                f"{float(starts[-1] - starts[0])!r} h",
                alpha=f"{v['alpha']!r} 1/Gy",
                doubling_time=doubling_time,
            )
        histogram = [
            (share, linear * x + quadratic * x**2 - lost)
            for share, x in _core.lognormal_bins(v["heterogeneity"])
        ]
        clonogens = v["clonogen_density"] * mass_of(run, lesion)
        rows.append(
            (
                lesion,
                clonogens,
                linear + quadratic - lost,
                _core.population_tcp(clonogens, v["alpha"], v["alpha_cv"], histogram),
                _core.population_tcp(clonogens, v["alpha"], 0.0, histogram),
            )
        )
    columns = ["lesion", "clonogens", "BED_Gy", "tcp", "tcp_of_mean_alpha"]
    return pd.DataFrame(rows, columns=columns).set_index("lesion")


def _effective_dose(
    bed: BiologicallyEffectiveDose, lesion: str, used: TumorResponse
) -> tuple[float, float]:
    """Linear and quadratic part of the BED of a lesion, with oxygen and sensitizers [Gy]."""
    if used.repair_windows:
        raise ValueError(
            "tumor_control_probability takes no repair_factors: repair is part of the BED; give "
            "biologically_effective_dose another repair half-life in tissues"
        )
    edges = sorted({t for w in used.alpha_windows for t in (w.start, w.end)})
    until, tissue = bed.parts_at(lesion, [*edges, math.inf])
    dose, alpha_dose, protraction = np.diff(until, prepend=0.0)
    begins = np.array([-math.inf, *edges])
    factor = np.ones(len(begins))
    for window in used.alpha_windows:
        factor[(begins >= window.start) & (begins < window.end)] *= window.factor
    f = used.oxygen_factor
    linear = f * dose + tissue.rbe_max * alpha_dose
    return float(factor @ linear), float(factor @ (f**2 * protraction / tissue.alpha_beta))

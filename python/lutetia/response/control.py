"""Probability that a lesion is controlled."""

from __future__ import annotations

import pandas as pd

from lutetia import _core
from lutetia.radiobiology import BiologicallyEffectiveDose
from lutetia.response.tumor import Responses, mass_of, response_of
from lutetia.units import Quantity, to_internal


def tumor_control_probability(
    bed: BiologicallyEffectiveDose,
    response: Responses = None,
    *,
    doubling_time: Quantity = None,
) -> pd.DataFrame:
    """Probability that no clonogenic cell of a lesion survives, TCP = exp(−N₀·SF), mean over patients.

    SF is the mean of exp(−α·BED) over a log-normal dose within the lesion (``heterogeneity``), the mean over
    patients is that of a log-normal α (``alpha_cv``).

    Parameters
    ----------
    bed
        Of a run; its lesions are taken.
    response
        What is assumed, as in `tumor_response`: ``alpha``, ``alpha_cv``, ``clonogen_density``, ``heterogeneity``.
    doubling_time
        Of clonogenic cells during treatment; BED is lost to them from the first to the last administration. None
        when absent.

    Returns
    -------
    pandas.DataFrame
        Index lesion; columns ``clonogens``, ``BED_Gy`` (mean, after repopulation), ``tcp`` (mean over patients)
        and ``tcp_of_mean_alpha``.

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
        row = bed.table.loc[lesion].to_dict()
        lost = 0.0
        if doubling_time is not None:
            lost = _core.repopulation_loss(
                float(starts[-1] - starts[0]),
                0.0,
                v["alpha"],
                to_internal(doubling_time, "h", "doubling_time"),
            )
        linear = float(row["BED_Gy"]) - float(row["protraction_Gy2"]) / float(row["alpha_beta_Gy"])
        quadratic = float(row["BED_Gy"]) - linear
        histogram = [
            (share, linear * x + quadratic * x**2 - lost)
            for share, x in _core.lognormal_bins(v["heterogeneity"])
        ]
        clonogens = v["clonogen_density"] * mass_of(run, lesion)
        rows.append(
            (
                lesion,
                clonogens,
                float(row["BED_Gy"]) - lost,
                _core.population_tcp(clonogens, v["alpha"], v["alpha_cv"], histogram),
                _core.population_tcp(clonogens, v["alpha"], 0.0, histogram),
            )
        )
    columns = ["lesion", "clonogens", "BED_Gy", "tcp", "tcp_of_mean_alpha"]
    return pd.DataFrame(rows, columns=columns).set_index("lesion")

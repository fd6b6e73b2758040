"""What the BED of the kidneys means for them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.data import dose_data
from lutetia.radiobiology import TissueValues, tissues_with
from lutetia.response.exposure import exposure_of
from lutetia.response.numbers import replaced, table_of, values_of
from lutetia.response.tumor import TOLERANCE
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import Quantity, hours_of, to_internal, to_internal_array


class KidneyNumbers:
    """Parameters of complication probability and filtration, with their caution."""

    def __init__(
        self, name: str, given: Mapping[str, Quantity] | None, library: _core.Library | None
    ) -> None:
        data = _core.normal_tissue_data(library or shipped(), name)
        self.caution: str = data["kidney_caution"]
        self.rows = replaced(data["kidney"], given or {}, f"kidney of normal_tissue {name!r}")
        v = self.values = values_of(self.rows)
        self.loss = _core.GfrLoss(
            v["gfr_aging"], v["gfr_largest_loss"], v["bed_50"], v["gfr_loss_exponent"]
        )


def kidney_effect(
    bed: Any,
    values: Mapping[str, Quantity] | None = None,
    *,
    name: str = "default",
    library: _core.Library | None = None,
) -> KidneyEffect:
    """Complication probability and yearly loss of filtration for a BED of the kidneys.

    NTCP = Φ((BED − BED₅₀)/(m·BED₅₀)) (Lyman) and 1/(1 + (BED₅₀/BED)^k) (logistic); the loss of filtration is
    k_age + k_max/(1 + (BED₅₀/BED)^n).

    Parameters
    ----------
    bed
        One or shape (n,), numbers in Gy or quantities.
    values
        Numbers that replace those of the file, e.g. ``{"bed_50": "45 Gy"}``; see `KidneyEffect.numbers`.
    name
        Of a file in ``normal_tissue/``.
    library
        Data to use; the shipped ones when absent.

    Returns
    -------
    KidneyEffect

    Raises
    ------
    ValueError
        If a BED is negative or a number impossible.

    References
    ----------
    Emami et al. 1991, Int J Radiat Oncol Biol Phys 21:109; Bergsma et al. 2016, Eur J Nucl Med Mol Imaging
    43:1802.

    Examples
    --------
    >>> effect = kidney_effect(["28 Gy", "40 Gy"])
    >>> effect.table["ntcp_lyman"].round(4).tolist()
    [0.0, 0.0195]
    """
    numbers = KidneyNumbers(name, values, library)
    gray = np.atleast_1d(to_internal_array(bed, "Gy", "bed"))
    if not (gray >= 0).all():
        raise ValueError(f"a BED must not be negative, found {bed}")
    return KidneyEffect(gray, numbers)


class KidneyEffect:
    """Effect on the kidneys by BED.

    Attributes
    ----------
    table : pandas.DataFrame
        Index BED_Gy; columns ``ntcp_lyman``, ``ntcp_logistic`` [1] and ``gfr_loss_per_year`` [1/year], aging
        included.
    numbers : pandas.DataFrame
        What it rests on: value, source, tag, note.
    caution : str
        What to know before using the numbers.
    """

    def __init__(self, bed: np.ndarray, numbers: KidneyNumbers) -> None:
        v = numbers.values
        year = to_internal("1 year", "h")
        self.caution = numbers.caution
        self.numbers = table_of(numbers.rows)
        self.table = pd.DataFrame(
            {
                "ntcp_lyman": _core.ntcp_lyman(bed, v["bed_50"], v["lyman_slope"]),
                "ntcp_logistic": _core.ntcp_logistic(bed, v["bed_50"], v["logistic_exponent"]),
                "gfr_loss_per_year": [numbers.loss.rate(float(b)) * year for b in bed],
            },
            index=pd.Index(bed, name="BED_Gy"),
        )

    def summary(self) -> str:
        """Write the table as text, with its caution."""
        lines = ["Kidneys", self.table.map("{:.3g}".format).to_string()]
        return "\n".join([*lines, f"caution: {self.caution}", RESEARCH_ONLY])

    def __repr__(self) -> str:
        return f"<KidneyEffect: {len(self.table)} BED>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def gfr_course(
    run: Run,
    times: Sequence[Quantity] | None = None,
    values: Mapping[str, Quantity] | None = None,
    *,
    kidney: str = "kidney",
    tissues: TissueValues | str | None = None,
    convention: str = "s_values",
    tail: str = "linear",
    name: str = "default",
    library: _core.Library | None = None,
) -> xr.Dataset:
    """Filtration over time, relative to that before treatment, with the BED the kidneys have collected.

    GFR' = −(k_age + k_max/(1 + (BED₅₀/BED(t))^n))·GFR along the dose rate of a run.

    Parameters
    ----------
    run
        A finished simulation.
    times
        Shape (n,), ascending from 0, numbers in h or quantities; the output times of the run when absent. They may
        lie years after the run.
    values, name, library
        As in `kidney_effect`.
    kidney
        The region.
    tissues, convention, tail
        As in `biologically_effective_dose`.

    Returns
    -------
    xarray.Dataset
        ``factor`` [1] and ``BED`` [Gy], dims (time); its attribute ``caution`` says what it rests on.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> years = lt.gfr_course(run, ["0 h", "1 year", "5 year"])
    >>> years["factor"].round(2).values.tolist()
    [1.0, 0.99, 0.93]
    """
    data = dose_data(run, convention, tail, library)
    numbers = KidneyNumbers(name, values, data.library)
    known = tissues_with(data.library, tissues, run.lesions, run.regions)
    shown = run.data["time"].values if times is None else [hours_of(t, "times") for t in times]
    hours = [float(t) for t in shown]
    bed, factor = _core.gfr_course(
        exposure_of(run, kidney, data),
        known.of(kidney, False),
        numbers.loss,
        0.0,
        hours,
        TOLERANCE,
    )
    return xr.Dataset(
        {"factor": ("time", factor), "BED": ("time", bed, {"units": "Gy"})},
        coords={"time": ("time", hours, {"units": "h"})},
        attrs={"caution": numbers.caution, "notice": RESEARCH_ONLY},
    )

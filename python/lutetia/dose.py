"""From time-integrated activity to absorbed dose."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.dosimetry_data import dose_data
from lutetia.result import RESEARCH_ONLY, Run, only_assumed
from lutetia.units import GRAMS_PER_KILOGRAM, MBQ_PER_GBQ


def absorbed_dose(
    run: Run,
    *,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> DoseTable:
    """Absorbed dose of every organ and lesion.

    D(r_T) = Σ_S Ã(r_S)·S(r_T ← r_S); organ S values scale with mass (electrons m⁻¹, photons m^(−2/3)),
    lesions are spheres.

    Parameters
    ----------
    run
        A finished simulation.
    convention
        ``"s_values"`` (organ tables, cross-dose, spheres) or ``"local_electrons"`` (all electron energy
        where it is emitted, no photons). Compare numbers only within one convention.
    tail
        What follows the run: ``"linear"``, ``"physical"`` or ``"none"``.
    library
        Data to use; those of the run when absent.

    Returns
    -------
    DoseTable

    Notes
    -----
    Cross-dose is that of the tabulated sources (kidneys, liver, spleen for Lu-177) to organs of the
    model; photons from other regions and from lesions are not counted.

    Raises
    ------
    DataError
        If a nuclide has no S value and no data to compute one, or if the nuclide data are not those of
        the run.

    References
    ----------
    Bolch et al. 2009, MIRD Pamphlet No. 21, doi:10.2967/jnumed.108.056036.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
    >>> dose = absorbed_dose(run, convention="local_electrons")
    >>> round(float(dose.table.loc["kidney", "Gy_per_GBq"]), 2)
    0.62
    """
    data = dose_data(run, convention, tail, library)
    core = _core.absorbed_dose(data.library, data.targets, data.tia, data.sex, data.core_convention)
    formulas = (
        _core.s_value_numbers(data.library, data.tia[0].nuclide)
        if convention == "s_values" and data.tia
        else []
    )
    return DoseTable(run, core, convention, tail, only_assumed(formulas))


class DoseTable:
    """Absorbed dose per region and cycle.

    Attributes
    ----------
    table : pandas.DataFrame
        Index region; columns ``cycle_1`` … ``cycle_n`` and ``total`` [Gy], ``Gy_per_GBq``,
        ``mass_g``, ``tail_share`` (of the total) and ``s_value`` (where the self value comes from:
        tabulated, sphere, formula or local electrons).
    assumptions : pandas.DataFrame
        Numbers of the S-value formulas tagged A (assumed) or M (unverified).
    """

    def __init__(
        self,
        run: Run,
        core: _core.DoseTable,
        convention: str,
        tail: str,
        assumptions: pd.DataFrame,
    ) -> None:
        self.assumptions = assumptions
        self.run = run
        self.convention = convention
        self.tail = tail
        values = core.values
        cycles = [f"cycle_{c}" for c in run.data["cycle"].values]
        total = values.sum(axis=1)
        table = pd.DataFrame(values, index=pd.Index(core.regions, name="region"), columns=cycles)
        table["total"] = total
        given = run.administered_activity / MBQ_PER_GBQ
        table["Gy_per_GBq"] = total / given if given > 0 else np.nan
        table["mass_g"] = np.array(core.masses) * GRAMS_PER_KILOGRAM
        with np.errstate(divide="ignore", invalid="ignore"):
            table["tail_share"] = np.nan_to_num(np.array(core.tail) / total)
        table["s_value"] = core.self_kind
        self.table = table

    def to_frame(self) -> pd.DataFrame:
        """Long form with time-integrated activity: one row per region and cycle.

        Returns
        -------
        pandas.DataFrame
            Columns ``region``, ``cycle`` (1…n from one administration to the next, the last to
            infinity; ``total``), ``tia_MBq_h``, ``tia_coefficient_h``, ``absorbed_dose_Gy``
            (NaN for a region without mass) and ``tail_share`` (of the time-integrated activity).
        """
        tia = self.run.time_integrated_activity(self.tail)
        tia["tail_MBq_h"] = tia["tia_MBq_h"] * tia["tail_share"]
        columns = ["tia_MBq_h", "tail_MBq_h"]
        summed = tia[columns].groupby(["region", "cycle"], sort=False).sum().reset_index()
        given = self.run.data["administered_activity"].sum("nuclide").values
        per_cycle = {str(c): float(given[i]) for i, c in enumerate(self.run.data["cycle"].values)}
        per_cycle["total"] = float(given.sum())
        rows = []
        for region, cycle, value, tail in summed.itertuples(index=False):
            column = "total" if cycle == "total" else f"cycle_{cycle}"
            dose = self.table.at[region, column] if region in self.table.index else np.nan
            share = tail / value if value > 0 else 0.0
            rows.append((region, cycle, value, value / per_cycle[cycle], dose, share))
        return pd.DataFrame(
            rows,
            columns=[
                "region",
                "cycle",
                "tia_MBq_h",
                "tia_coefficient_h",
                "absorbed_dose_Gy",
                "tail_share",
            ],
        )

    def summary(self) -> str:
        """Write the table as text, with the convention it was computed in."""
        shown = self.table.copy()
        shown["mass_g"] = shown["mass_g"].map("{:.4g}".format)
        shown["Gy_per_GBq"] = shown["Gy_per_GBq"].map("{:.3g}".format)
        shown["tail_share"] = shown["tail_share"].abs().map("{:.1%}".format)
        for column in [c for c in map(str, shown) if c.startswith("cycle_") or c == "total"]:
            shown[column] = shown[column].map("{:.3g}".format)
        what = {
            "s_values": "organ S values with cross-dose from tabulated organs, spheres for lesions",
            "local_electrons": "all electron energy where it is emitted, no photons",
        }[self.convention]
        heading = f"Absorbed dose [Gy] ({what}; tail: {self.tail})"
        return f"{heading}\n{shown.to_string()}\n{RESEARCH_ONLY}"

    def __repr__(self) -> str:
        return f"<DoseTable: {len(self.table)} regions, convention {self.convention!r}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>Absorbed dose [Gy], convention {html.escape(self.convention)}</p>"
            f"{self.table.round(4).to_html()}<p>{RESEARCH_ONLY}</p>"
        )

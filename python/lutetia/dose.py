"""From time-integrated activity to absorbed dose."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.result import RESEARCH_ONLY, Run, only_assumed


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

    Returns
    -------
    DoseTable

    Raises
    ------
    DataError
        If a nuclide has no S value and no data to compute one.

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
    conventions = _core.DoseConvention.__members__
    if convention not in conventions:
        raise ValueError(
            f"convention must be one of {', '.join(conventions)}, found {convention!r}"
        )
    data = run.data
    values, tails = run._tia_arrays(tail)
    starts = [float(t) for t in data["cycle_start"].values]
    tia = [
        _core.TimeIntegratedActivity(
            str(nuclide),
            run.regions,
            starts,
            [float(a) for a in data["administered_activity"].values[n]],
            [float(v) for v in values[n].ravel()],
            [float(t) for t in tails[n]],
        )
        for n, nuclide in enumerate(data["nuclide"].values)
    ]
    targets = [
        _core.TargetRegion(region, float(mass), bool(lesion))
        for region, mass, lesion in zip(
            run.regions, data["mass"].values, data["is_lesion"].values, strict=True
        )
        if np.isfinite(mass)
    ]
    core = _core.absorbed_dose(
        library or shipped(), targets, tia, str(data.attrs["sex"]), conventions[convention]
    )
    formulas = (
        _core.s_value_numbers(library or shipped(), tia[0].nuclide)
        if convention == "s_values" and tia
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
        given = run.administered_activity / 1000.0
        table["Gy_per_GBq"] = total / given if given > 0 else np.nan
        table["mass_g"] = np.array(core.masses) * 1000.0
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
            (NaN for a region without mass).
        """
        tia = self.run.time_integrated_activity(self.tail)
        summed = tia["tia_MBq_h"].groupby(["region", "cycle"], sort=False).sum().reset_index()
        given = self.run.data["administered_activity"].sum("nuclide").values
        per_cycle = {str(c): float(given[i]) for i, c in enumerate(self.run.data["cycle"].values)}
        per_cycle["total"] = float(given.sum())
        rows = []
        for region, cycle, value in summed.itertuples(index=False):
            column = "total" if cycle == "total" else f"cycle_{cycle}"
            dose = self.table.at[region, column] if region in self.table.index else np.nan
            rows.append((region, cycle, value, value / per_cycle[cycle], dose))
        return pd.DataFrame(
            rows, columns=["region", "cycle", "tia_MBq_h", "tia_coefficient_h", "absorbed_dose_Gy"]
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
            "s_values": "organ S values with cross-dose, spheres for lesions",
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

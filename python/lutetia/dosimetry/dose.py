"""From time-integrated activity to absorbed dose."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.data import dose_data
from lutetia.dosimetry.sources import EMISSIONS, source_terms
from lutetia.result import RESEARCH_ONLY, Run, only_assumed
from lutetia.units import GRAMS_PER_KILOGRAM, MBQ_PER_GBQ, Quantity, to_internal

MILLIGRAY_PER_GRAY = 1e3
DERIVED = ("red_marrow.", "kidney_cortex.", "uncertainty.")  # numbers a table itself does not use


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
        ``"s_values"`` (organ tables, cross-dose, spheres) or ``"local_electrons"`` (all electron and alpha energy
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
    Cross-dose is photons. Sources that are tabulated for a target (kidneys, liver, spleen for Lu-177) have a
    value each; all other activity in the body, lesions and blood included, is its remainder, which gives every
    region κE_γφ/m_body, as if what a body absorbs of its photons were spread evenly. `DoseTable.contributions`
    lists them all with their kind.

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
    used = [
        row for row in formulas if not row["name"].removeprefix("s_values.").startswith(DERIVED)
    ]
    return DoseTable(run, core, convention, tail, only_assumed(used), data.library)


def sphere_s_value(
    nuclide: str,
    mass: Quantity = None,
    *,
    diameter: Quantity = None,
    library: _core.Library | None = None,
) -> pd.Series:
    """Self S value of a water sphere, from micrometers to liters.

    Electrons: a fit of Monte Carlo values from 1 mg upwards, a table of small spheres below 0.1 mg, in between both,
    mixed smoothly in the logarithm of mass.

    Parameters
    ----------
    nuclide
        With a ``sphere_fit``, e.g. ``"Lu-177"``.
    mass, diameter
        One of them with its unit, e.g. ``"20 um"``.
    library
        Data to use; the shipped ones when absent.

    Returns
    -------
    pandas.Series
        ``alpha``, ``electron``, ``photon`` and ``total`` [mGy/(MBq*h)].

    Raises
    ------
    DataError
        If the nuclide has no fit, or the sphere is smaller than what is known of it.

    References
    ----------
    Spheres of Lu-177 below 1 mg: Hindié et al. 2016, doi:10.2967/jnumed.115.170423.

    Examples
    --------
    >>> float(round(sphere_s_value("Lu-177", "10 g")["electron"], 3))
    8.422
    >>> float(round(sphere_s_value("Lu-177", diameter="100 um")["electron"] / 3.6e12, 8))  # Gy per decay
    6.93e-06
    """
    if (mass is None) == (diameter is None):
        raise ValueError("give either a mass or a diameter")
    library = library or shipped()
    if mass is None:
        density = s_value_parameters(nuclide, library)["sphere_density"]
        kilograms = np.pi / 6 * to_internal(diameter, "dm") ** 3 * density
    else:
        kilograms = to_internal(mass, "kg")
    parts = pd.Series(_core.sphere_s_value(library, nuclide, kilograms)) * MILLIGRAY_PER_GRAY
    parts["total"] = parts.sum()
    return parts


def s_value_parameters(nuclide: str, library: _core.Library | None = None) -> dict[str, float]:
    """Every number of the S-value formulas by its name in ``s_values/general.yaml``, internal units."""
    rows = _core.s_value_numbers(library or shipped(), nuclide)
    return {row["name"].removeprefix("s_values."): float(row["value"]) for row in rows}


class DoseTable:
    """Absorbed dose per region and cycle.

    Attributes
    ----------
    table : pandas.DataFrame
        Index region; columns ``cycle_1`` … ``cycle_n`` and ``total`` [Gy], ``Gy_per_GBq``,
        ``mass_g``, ``tail_share`` (of the total) and ``s_value`` (where the self value comes from:
        tabulated, sphere, formula or local electrons).
    parts : xarray.DataArray
        The same doses by what carries the energy, shape (region, cycle, emission), emission
        ``alpha``, ``electron``, ``photon`` [Gy]. Cross-dose is all photons.
    mass_response : xarray.DataArray
        Derivative of the doses by the logarithm of the mass of their region, shape (region, cycle) [Gy].
    assumptions : pandas.DataFrame
        Numbers of the S-value formulas tagged A (assumed), S (secondary) or M (unverified).
    """

    def __init__(
        self,
        run: Run,
        core: _core.DoseTable,
        convention: str,
        tail: str,
        assumptions: pd.DataFrame,
        library: _core.Library,
    ) -> None:
        self.assumptions = assumptions
        self.library = library
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
        self.parts = xr.DataArray(
            core.parts,
            dims=("region", "cycle", "emission"),
            coords={
                "region": list(core.regions),
                "cycle": run.data["cycle"].values,
                "emission": EMISSIONS,
            },
            name="absorbed_dose",
            attrs={"units": "Gy"},
        )
        self.mass_response = xr.DataArray(
            core.mass_response,
            dims=("region", "cycle"),
            coords={"region": list(core.regions), "cycle": run.data["cycle"].values},
            name="mass_response",
            attrs={"units": "Gy"},
        )

    def contributions(self, region: str | None = None) -> pd.DataFrame:
        """Absorbed dose by the region that irradiates, all cycles together.

        Parameters
        ----------
        region
            That is irradiated; all of them when absent.

        Returns
        -------
        pandas.DataFrame
            Index region, nuclide, source; columns ``kind`` (tabulated, sphere, formula, wall, remainder,
            local electrons: where the S value comes from), ``S_mGy_per_MBq_h`` (in the first cycle),
            ``tia_MBq_h`` and ``absorbed_dose_Gy``. Doses of a region add up to that of the table. The
            source ``remainder`` is all activity in the body that has no row of its own.

        Examples
        --------
        >>> import lutetia as lt
        >>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
        >>> list(absorbed_dose(run).contributions("red_marrow")["kind"].unique())
        ['tabulated', 'formula', 'remainder']
        """
        if region is not None and region not in self.table.index:
            raise ValueError(
                f"no absorbed dose of {region!r}; there is one of {list(self.table.index)}"
            )
        terms = source_terms(
            self.run,
            None if region is None else [region],
            convention=self.convention,
            tail=self.tail,
            library=self.library,
        )
        terms["S_mGy_per_MBq_h"] = terms[EMISSIONS].sum(axis=1) * MILLIGRAY_PER_GRAY
        terms["absorbed_dose_Gy"] = (
            terms["S_mGy_per_MBq_h"] / MILLIGRAY_PER_GRAY * terms["tia_MBq_h"]
        )
        by = terms.rename(columns={"target": "region"}).groupby(
            ["region", "nuclide", "source"], sort=False
        )
        first = by[["kind", "S_mGy_per_MBq_h"]].first()
        return first.join(by[["tia_MBq_h", "absorbed_dose_Gy"]].sum())

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
            "s_values": "organ S values with cross-dose, spheres for lesions",
            "local_electrons": "all electron and alpha energy where it is emitted, no photons",
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

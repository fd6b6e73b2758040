"""From dose rates to biologically effective dose."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.dosimetry_data import DoseData, dose_data
from lutetia.errors import DataError
from lutetia.result import RESEARCH_ONLY, Run, only_assumed
from lutetia.units import Quantity, to_internal

DOSE_PER_FRACTION = 2.0  # Gy, of EQD2 by definition
CAUTION = "α/β and repair come from external beams and animals; limits of BED come from other therapies too."

TissueValues = Mapping[str, Mapping[str, Any]]


def dose_rate(
    run: Run,
    times: Sequence[Quantity] | None = None,
    *,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> xr.DataArray:
    """Absorbed dose rate of every organ and lesion over time.

    Ḋ(r_T, t) = Σ_S A(r_S, t)·S(r_T ← r_S), from the activity between the steps of the run, not from its
    output times: exact at any time, however short a cycle's first minutes.

    Parameters
    ----------
    run
        A finished simulation.
    times
        Shape (n,), ascending, numbers in h or quantities; the output times of the run when absent.
        After the end of the run the rate falls by one exponential with the dose of the tail.
    convention, tail, library
        As in `absorbed_dose`.

    Returns
    -------
    xarray.DataArray
        Dims (time, region) [Gy/h], alpha particles included.

    Raises
    ------
    DataError
        If the run holds no activity curves, or as `absorbed_dose`.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> rate = lt.dose_rate(run, ["24 h", "96 h"])
    >>> rate.sel(region="kidney").round(3).values.tolist()  # Gy/h
    [0.039, 0.018]
    """
    data = dose_data(run, convention, tail, library)
    shown = (
        run.data["time"].values if times is None else np.array([_hours(t, "times") for t in times])
    )
    values = _dose_rates(run, data).at([float(t) for t in shown]).sum(axis=0)
    return xr.DataArray(
        values.T,
        dims=("time", "region"),
        coords={"time": ("time", shown, {"units": "h"}), "region": data.regions},
        name="dose_rate",
        attrs={"units": "Gy/h", "convention": convention, "notice": RESEARCH_ONLY},
    )


def biologically_effective_dose(
    run: Run,
    tissues: TissueValues | str | None = None,
    *,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> BiologicallyEffectiveDose:
    """Biologically effective dose of every organ and lesion.

    BED = D + Q/(α/β) + RBE_max·D_α, with Q = G·D² from Y' = Ḋ − μY and Q' = 2ḊY along the dose rate of
    the run: any curve, and cycles that overlap, since nothing is reset between them.

    Parameters
    ----------
    run
        A finished simulation.
    tissues
        Name of a file of tissue parameters, or values that replace those of the library, by region;
        ``"lesion"`` holds for every lesion, ``"other"`` for every region not named. Each is a mapping
        with any of ``alpha_beta``, ``repair`` (a half-life, numbers in h, or a list of half-lives with
        weights that add up to 1) and ``rbe_max`` (of alpha particles).
    convention, tail, library
        As in `absorbed_dose`.

    Returns
    -------
    BiologicallyEffectiveDose

    Raises
    ------
    DataError
        If the run holds no activity curves, or as `absorbed_dose`.
    ValueError
        If `tissues` has unknown keys or numbers that cannot be.

    References
    ----------
    Dale 1985, doi:10.1259/0007-1285-58-690-515; Wessels et al. 2008, MIRD Pamphlet No. 20,
    doi:10.2967/jnumed.108.053173.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> bed = lt.biologically_effective_dose(run)
    >>> bed.table.loc["kidney", ["absorbed_dose_Gy", "BED_Gy"]].round(1).tolist()
    [18.8, 20.2]
    >>> careful = lt.biologically_effective_dose(run, {"kidney": {"alpha_beta": "1.5 Gy"}})
    >>> round(float(careful.table.loc["kidney", "BED_Gy"]), 1)
    21.1
    """
    data = dose_data(run, convention, tail, library)
    rates = _dose_rates(run, data)
    known = tissues_with(data.library, tissues, run.lesions, run.regions)
    return BiologicallyEffectiveDose(run, data, rates, known)


def tissues_with(
    library: _core.Library,
    given: TissueValues | str | None,
    lesions: Collection[str] = (),
    regions: Collection[str] | None = None,
) -> _core.Tissues:
    """Tissue parameters of the library with the values a user gives instead.

    What is not given of a region stays that of its kind: values of lesions and of all others are set first.
    `regions` are those that exist; names are not checked without them.
    """
    known = _core.tissues(library, given if isinstance(given, str) else "default")
    if given is None or isinstance(given, str):
        return known
    tissues = dict(known.tissues)
    kinds = ("lesion", "other")
    allowed = None if regions is None else {*regions, *tissues}
    for region in sorted(given, key=lambda name: name not in kinds):
        values = given[region]
        if allowed is not None and region not in allowed:
            nearest = get_close_matches(region, allowed, 1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise ValueError(f"tissues has an unknown region {region!r}{hint}")
        unknown = set(values) - {"alpha_beta", "repair", "rbe_max"}
        if unknown:
            raise ValueError(
                f"tissues[{region!r}] takes alpha_beta, repair and rbe_max, found {sorted(unknown)}"
            )
        base = tissues.get(region) or tissues["lesion" if region in lesions else "other"]
        where = f"tissues[{region!r}]"
        alpha_beta = base.alpha_beta
        if "alpha_beta" in values:
            alpha_beta = to_internal(values["alpha_beta"], "Gy", f"{where}['alpha_beta']")
        rbe_max = float(values.get("rbe_max", base.rbe_max))
        if not (alpha_beta > 0 and rbe_max > 0):
            raise ValueError(
                f"{where} needs a positive alpha_beta and rbe_max, found {alpha_beta} Gy and {rbe_max}"
            )
        repair = _repair(values["repair"], where) if "repair" in values else base.repair
        tissues[region] = _core.Tissue(alpha_beta, repair, rbe_max)
    known.tissues = tissues
    return known


class BiologicallyEffectiveDose:
    """Biologically effective dose per region and cycle.

    Attributes
    ----------
    table : pandas.DataFrame
        Index region; columns ``absorbed_dose_Gy``, ``BED_Gy``, ``EQD2_Gy`` (in fractions of 2 Gy),
        ``protraction_Gy2`` (Q = G·D² of electrons and photons), ``G`` (from 0 to 1),
        ``relative_effectiveness`` (BED over absorbed dose), ``alpha_beta_Gy``; and with alpha
        particles ``alpha_dose_Gy`` and ``RBE_weighted_dose_Gy``, which is not a BED.
    cycles : xarray.DataArray
        BED added in each cycle, dims (region, cycle) [Gy]; the last to infinity.
    protraction : xarray.DataArray
        Q added in each cycle, dims (region, cycle) [Gy²].
    assumptions : pandas.DataFrame
        Tissue parameters tagged A (assumed) or M (unverified).
    """

    def __init__(
        self, run: Run, data: DoseData, rates: _core.DoseRates, tissues: _core.Tissues
    ) -> None:
        self.run = run
        self.convention = data.convention
        self.tail = data.tail
        self.assumptions = only_assumed(tissues.numbers)
        self._rates = rates
        self._regions = data.regions
        self._tissues = [
            tissues.of(region, lesion)
            for region, lesion in zip(data.regions, data.is_lesion, strict=True)
        ]
        added = _core.damage_by_cycle(rates, self._tissues, data.cycle_starts)
        cycles = {"region": self._regions, "cycle": run.data["cycle"].values}
        attrs = {"notice": RESEARCH_ONLY, "convention": data.convention}
        self.cycles = xr.DataArray(
            self._bed(added), cycles, ("region", "cycle"), "BED", {"units": "Gy", **attrs}
        )
        self.protraction = xr.DataArray(
            added[3], cycles, ("region", "cycle"), "protraction", {"units": "Gy^2", **attrs}
        )
        self.table = self._table(added.sum(axis=2), tissues.weighted_dose_rbe)

    def at(self, times: Sequence[Quantity]) -> xr.Dataset:
        """Collect what every region has got up to some times.

        Parameters
        ----------
        times
            Shape (n,), ascending, numbers in h or quantities; ``float("inf")`` for all of it.

        Returns
        -------
        xarray.Dataset
            ``absorbed_dose``, ``BED``, ``unrepaired_damage`` [Gy] and ``protraction`` [Gy²], dims
            (time, region).
        """
        hours = [_hours(t, "times") for t in times]
        found = self._damage(hours)
        dims = ("time", "region")
        return xr.Dataset(
            {
                "absorbed_dose": (dims, (found[0] + found[1]).T, {"units": "Gy"}),
                "BED": (dims, self._bed(found).T, {"units": "Gy"}),
                "unrepaired_damage": (dims, found[2].T, {"units": "Gy"}),
                "protraction": (dims, found[3].T, {"units": "Gy^2"}),
            },
            {"time": ("time", hours, {"units": "h"}), "region": self._regions},
            {"notice": RESEARCH_ONLY, "convention": self.convention},
        )

    def parts_at(self, region: str, hours: Sequence[float]) -> tuple[np.ndarray, _core.Tissue]:
        """Give what makes up the BED of one region up to some times, and its tissue.

        Parameters
        ----------
        region
            One of the table.
        hours
            Shape (n,), ascending; infinity for all of it.

        Returns
        -------
        parts : numpy.ndarray
            Shape (3, n): absorbed dose of electrons and photons, that of alpha particles [Gy], protraction [Gy²].
        tissue : Tissue
            α/β, repair and RBE of alpha particles.
        """
        at = self._regions.index(region)
        parts: np.ndarray = self._damage(list(hours))[[0, 1, 3], at]
        return parts, self._tissues[at]

    def equivalent_uniform(self, alpha: Quantity, sigma: float) -> pd.Series[float]:
        """Give the uniform BED that leaves as many cells as a dose rate varying within a region.

        Parameters
        ----------
        alpha
            Radiosensitivity, e.g. ``"0.1 1/Gy"``.
        sigma
            Standard deviation of the logarithm of the dose rate within a region, log-normal about its
            mean.

        Returns
        -------
        pandas.Series
            Index region [Gy]; alpha particles count with their RBE.
        """
        per_gray = to_internal(alpha, "1/Gy", "alpha")
        if not (per_gray > 0 and sigma >= 0):
            raise ValueError(
                f"alpha must be positive and sigma not negative, found {alpha!r} and {sigma!r}"
            )
        ratios = [tissue.alpha_beta for tissue in self._tissues]
        linear = self.table["BED_Gy"] - self.table["protraction_Gy2"] / ratios
        values = [
            _core.equivalent_uniform_bed(dose, q, ratio, per_gray, sigma)
            for dose, q, ratio in zip(linear, self.table["protraction_Gy2"], ratios, strict=True)
        ]
        return pd.Series(values, index=self.table.index, name="EUBED_Gy")

    def summary(self) -> str:
        """Write the table as text, with what it rests on."""
        shown = self.table.map("{:.4g}".format)
        return "\n".join(
            [
                f"Biologically effective dose [Gy] (convention {self.convention}, tail: {self.tail})",
                shown.to_string(),
                f"{len(self.assumptions)} tissue parameters are assumed [A] or unverified [M] "
                "(.assumptions lists them)",
                CAUTION,
                RESEARCH_ONLY,
            ]
        )

    def __repr__(self) -> str:
        return f"<BiologicallyEffectiveDose: {len(self.table)} regions, convention {self.convention!r}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>Biologically effective dose, convention {html.escape(self.convention)}</p>"
            f"{self.table.round(4).to_html()}<p>{CAUTION} {RESEARCH_ONLY}</p>"
        )

    def _damage(self, hours: list[float]) -> np.ndarray:
        """Dose, alpha dose, unrepaired damage and protraction, shape (4, regions, times)."""
        found: np.ndarray = _core.damage(self._rates, self._tissues, hours)
        return found

    def _bed(self, damage: np.ndarray) -> np.ndarray:
        """BED of dose, alpha dose and protraction, shape (4, regions, n) to (regions, n)."""
        alpha_beta = np.array([t.alpha_beta for t in self._tissues]).reshape(-1, 1)
        rbe = np.array([t.rbe_max for t in self._tissues]).reshape(-1, 1)
        out: np.ndarray = damage[0] + rbe * damage[1] + damage[3] / alpha_beta
        return out

    def _table(self, total: np.ndarray, weighted_dose_rbe: float) -> pd.DataFrame:
        low_let, alpha, _, protraction = total
        bed = self._bed(total[:, :, None])[:, 0]
        alpha_beta = np.array([t.alpha_beta for t in self._tissues])
        with np.errstate(divide="ignore", invalid="ignore"):
            table = pd.DataFrame(
                {
                    "absorbed_dose_Gy": low_let + alpha,
                    "BED_Gy": bed,
                    "EQD2_Gy": bed / (1.0 + DOSE_PER_FRACTION / alpha_beta),
                    "protraction_Gy2": protraction,
                    "G": protraction / low_let**2,
                    "relative_effectiveness": bed / (low_let + alpha),
                    "alpha_beta_Gy": alpha_beta,
                },
                index=pd.Index(self._regions, name="region"),
            )
        if np.any(alpha > 0):
            table["alpha_dose_Gy"] = alpha
            table["RBE_weighted_dose_Gy"] = low_let + weighted_dose_rbe * alpha
        return table


def _dose_rates(run: Run, data: DoseData) -> _core.DoseRates:
    if "activity_curve" not in run.data:
        raise DataError(
            "the run holds no activity curves: it was made by an earlier version; simulate it again"
        )
    return _core.dose_rates(
        data.library,
        data.targets,
        data.tia,
        data.sex,
        data.core_convention,
        run.data["knot"].values,
        run.data["activity_curve"].values,
    )


def _hours(value: Quantity, name: str) -> float:
    if isinstance(value, int | float | np.number):
        return float(value)
    return to_internal(value, "h", name)


def _repair(given: Any, where: str) -> list[tuple[float, float]]:
    """Half-lives [h] with their weights."""
    name = f"{where}['repair']"
    if isinstance(given, list | tuple):
        return [(_hours(half_life, name), float(weight)) for half_life, weight in given]
    return [(_hours(given, name), 1.0)]

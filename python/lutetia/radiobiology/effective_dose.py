"""Biologically effective doses of a finished run."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.dosimetry.data import DoseData, dose_data
from lutetia.radiobiology.dose_rates import dose_rates_of
from lutetia.radiobiology.tissues import TissueValues, tissues_with
from lutetia.result import RESEARCH_ONLY, Run, only_assumed
from lutetia.units import Quantity, hours_of, to_internal

DOSE_PER_FRACTION = 2.0  # Gy, of EQD2 by definition
CAUTION = "α/β and repair come from external beams and animals; limits of BED come from other therapies too."


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
    rates = dose_rates_of(run, data)
    known = tissues_with(data.library, tissues, run.lesions, run.regions)
    return BiologicallyEffectiveDose(run, data, rates, known)


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
        hours = [hours_of(t, "times") for t in times]
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
                    "G": np.minimum(protraction / low_let**2, 1.0),  # but for rounding
                    "relative_effectiveness": bed / (low_let + alpha),
                    "alpha_beta_Gy": alpha_beta,
                },
                index=pd.Index(self._regions, name="region"),
            )
        if np.any(alpha > 0):
            table["alpha_dose_Gy"] = alpha
            table["RBE_weighted_dose_Gy"] = low_let + weighted_dose_rbe * alpha
        return table

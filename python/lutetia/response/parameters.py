"""What is assumed of a tumor: growth, radiosensitivity, receptors."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.response.numbers import replaced, table_of, values_of, windows_of
from lutetia.units import HOURS_PER_DAY, Quantity, to_internal

GROWTH_LAWS = ("exponential", "gompertz", "logistic")
DOSE_RATES = ("present_mass", "cycle_mass")


class TumorResponse:
    """How lesions grow, die under dose and lose receptors.

    N' = k_g·F·N − h·N, M' = h·N − k_c·M for viable and doomed cells with h = α·d(BED)/dt, and the receptors per
    viable cell χ' = k_ret·(1 − χ) − ε·Ḋ·χ.

    Parameters
    ----------
    name
        Of a file in ``tumor_response/``.
    growth
        Law of growth: ``"exponential"``, ``"gompertz"`` or ``"logistic"``; the last two need `capacity`.
    capacity
        Largest mass, e.g. ``"500 g"``.
    tumor_growth_rate
        Measured growth of the volume per month, 0.04 or ``"4 %"`` (above 1 with ``%`` only), instead of ``volume_doubling_time``.
    ki67
        Growth fraction, e.g. ``"5 %"``, instead of ``volume_doubling_time``.
    oxygen
        Partial pressure in the tumor, e.g. ``"10 mmHg"``; well supplied when absent.
    sensitizers
        Radiosensitizers, each (factor on α or name of a drug, from, to), with times in h or quantities from the
        first administration. They act on tumors; those of the marrow are an argument of `blood_counts`.
    repair_factors
        Factors on the repair half-time, likewise.
    dose_rate
        ``"present_mass"``: activity stays in a lesion that shrinks, so the dose rates of alpha particles and of
        electrons and photons rise, each with its S value, down to the smallest sphere of the S values.
        ``"cycle_mass"``: it goes with the cells, so the dose rate is that of the run.
    library
        Data to use; the shipped ones when absent.
    **values
        Numbers that replace those of the file, see `table`: ``alpha="0.036 1/Gy"``,
        ``volume_doubling_time="145 day"`` or ``float("inf")``, ``receptor_loss="0.01 1/Gy"``.

    Attributes
    ----------
    table : pandas.DataFrame
        Every number: value, source, tag, note.
    caution : str
        What to know before using the numbers.

    Raises
    ------
    ValueError
        If an option is unknown or a number impossible.
    UnitError
        If a quantity has another dimension.

    References
    ----------
    Kletting et al. 2019, J Nucl Med 60:65, doi:10.2967/jnumed.118.210377.

    Examples
    --------
    >>> slow = TumorResponse(volume_doubling_time="400 day", receptor_loss="0.005 1/Gy")
    >>> slow.table.loc["alpha", ["value", "tag"]].tolist()
    ['0.0172 1/Gy', 'R']
    """

    def __init__(
        self,
        name: str = "default",
        *,
        growth: str = "exponential",
        capacity: Quantity = None,
        tumor_growth_rate: Quantity = None,
        ki67: Quantity = None,
        oxygen: Quantity = None,
        sensitizers: Sequence[tuple[Any, Quantity, Quantity]] = (),
        repair_factors: Sequence[tuple[float, Quantity, Quantity]] = (),
        dose_rate: str = "present_mass",
        library: _core.Library | None = None,
        **values: Quantity,
    ) -> None:
        if growth not in GROWTH_LAWS:
            raise ValueError(f"growth must be one of {', '.join(GROWTH_LAWS)}, found {growth!r}")
        if dose_rate not in DOSE_RATES:
            raise ValueError(
                f"dose_rate must be one of {', '.join(DOSE_RATES)}, found {dose_rate!r}"
            )
        if (growth == "exponential") != (capacity is None):
            raise ValueError(
                "exponential growth has no capacity"
                if capacity is not None
                else f"growth {growth!r} needs a capacity, e.g. '500 g'"
            )
        speeds = {
            "volume_doubling_time": values.get("volume_doubling_time"),
            "tumor_growth_rate": tumor_growth_rate,
            "ki67": ki67,
        }
        given = [key for key, value in speeds.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"give one of {', '.join(speeds)}, found {' and '.join(given)}")
        data = _core.tumor_response_data(library or shipped(), name)
        self.name = name
        self.growth = growth
        self.dose_rate = dose_rate
        self.caution: str = data["caution"]
        self._rows = replaced(data["values"], values, f"tumor_response {name!r}")
        self.values = values_of(self._rows)
        drugs = values_of(data["sensitizers"])
        self._alpha_windows = windows_of(sensitizers, drugs, "sensitizers")
        self._repair_windows = windows_of(repair_factors, {}, "repair_factors")
        self._capacity = 0.0 if capacity is None else to_internal(capacity, "g", "capacity")
        self._oxygen = None if oxygen is None else to_internal(oxygen, "mmHg", "oxygen")
        self.recist_rules = values_of(data["recist"])
        if tumor_growth_rate is not None:
            doubling = _doubling_of_growth_rate(tumor_growth_rate)
            self._derive_doubling(doubling, f"from tumor_growth_rate {tumor_growth_rate} per month")
        if ki67 is not None:
            doubling = _core.doubling_time_of_ki67(
                to_internal(ki67, "1", "ki67"),
                self.values["cell_cycle_time"],
                self.values["cell_loss"],
            )
            self._derive_doubling(doubling, f"from ki67 {ki67}, cell_cycle_time and cell_loss")

        if not self.values["volume_doubling_time"] > 0:
            raise ValueError("volume_doubling_time must be positive")

    def _derive_doubling(self, hours: float, note: str) -> None:
        """Put a computed doubling time in the place of that of the file, with its origin."""
        name = "volume_doubling_time"
        value = hours if math.isinf(hours) else f"{hours / HOURS_PER_DAY:.4g} day"
        given = {"value": value, "note": note}
        self._rows = replaced(self._rows, {name: given}, "tumor_response")
        self.values[name] = hours  # exact; the table shows four digits

    @property
    def table(self) -> pd.DataFrame:
        """Every number: value as written, source, tag, note."""
        return table_of(self._rows)

    @property
    def oxygen_factor(self) -> float:
        """Factor on α by oxygen, its square on β; 1 when well supplied."""
        if self._oxygen is None:
            return 1.0
        v = self.values
        return _core.oxygen_factor(self._oxygen, v["oer_maximum"], v["oer_half_effect"])

    @property
    def alpha_windows(self) -> list[_core.FactorWindow]:
        """Radiosensitizers as factors on α, times in h."""
        return self._alpha_windows

    @property
    def repair_windows(self) -> list[_core.FactorWindow]:
        """Factors on the repair half-time, times in h."""
        return self._repair_windows

    def core(self, tissue: _core.Tissue) -> _core.TumorParameters:
        """Arrange the parameters for the core, with α/β and repair of a tissue."""
        v = self.values
        doubling = v["volume_doubling_time"]
        return _core.TumorParameters(
            alpha=v["alpha"],
            tissue=tissue,
            law=_core.GrowthLaw[self.growth],
            growth_rate=math.log(2) / doubling,
            capacity=self._capacity,
            clearance_half_time=v["clearance_half_time"],
            receptor_loss=v["receptor_loss"],
            receptor_recovery_rate=v["receptor_recovery_rate"],
            oxygen_factor=self.oxygen_factor,
            heterogeneity=v["heterogeneity"],
            alpha_windows=self._alpha_windows,
            repair_windows=self._repair_windows,
        )

    def __repr__(self) -> str:
        given = [row["name"] for row in self._rows if row["note"] == "given"]
        shown = "".join(f", {r['name']}={r['written']!r}" for r in self._rows if r["name"] in given)
        return f"TumorResponse({self.name!r}, growth={self.growth!r}{shown})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.caution)}</p>{self.table.to_html()}"


def tumor_growth_rate(first: Quantity, second: Quantity, interval: Quantity) -> float:
    """Growth of the volume per month from two sums of diameters, TGR = exp(3 ln(D₂/D₁)/Δt) − 1.

    Parameters
    ----------
    first, second
        Sums of diameters, e.g. ``"20 mm"``.
    interval
        Between the two scans, e.g. ``"3 month"``.

    Returns
    -------
    float
        Relative growth per month (0.05 is 5 %); negative when the tumor shrinks.

    Raises
    ------
    ValueError
        If a diameter or the interval is not positive.

    References
    ----------
    Ferté et al. 2014, Clin Cancer Res 20:246.

    Examples
    --------
    >>> round(tumor_growth_rate("20 mm", "21 mm", "3 month"), 3)
    0.05
    """
    rate = _core.growth_rate_of_diameters(
        to_internal(first, "mm", "first"),
        to_internal(second, "mm", "second"),
        to_internal(interval, "h", "interval"),
    )
    return math.expm1(rate * to_internal("1 month", "h"))


def _doubling_of_growth_rate(rate: Quantity) -> float:
    per_month = to_internal(rate, "1", "tumor_growth_rate")
    if per_month > 1 and "%" not in str(rate):
        raise ValueError(
            f"tumor_growth_rate is a share per month, found {rate}; write '{per_month:g} %', or "
            f"'{100 * per_month:g} %' where that is meant"
        )
    if per_month < 0:
        raise ValueError(f"tumor_growth_rate must not be negative, found {rate}")
    if per_month == 0:
        return math.inf
    return math.log(2) / math.log1p(per_month) * to_internal("1 month", "h")

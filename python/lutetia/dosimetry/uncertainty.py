"""Uncertainty of absorbed doses from masses, S values and activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.dosimetry.dose import DoseTable, s_value_parameters
from lutetia.units import share_of

Array = npt.NDArray[np.float64]
Spread = float | str | Mapping[str, float | str]
COLUMNS = (
    "absorbed_dose_Gy",
    "sd_Gy",
    "cv",
    "low_Gy",
    "high_Gy",
    "mass_sd",
    "s_value_sd",
    "activity_sd",
)


def dose_uncertainty(
    dose: DoseTable,
    *,
    mass_cv: Spread | None = None,
    s_value_cv: Spread | None = None,
    activity_sd: Spread | Any | None = None,
    samples: Any | None = None,
    level: float = 0.9,
    by_cycle: bool = False,
) -> pd.DataFrame:
    """Carry uncertain masses and S values through to absorbed doses.

    All are log-normal: Var(ln D) = e²·Var(ln m) + Var(ln S) + Var(ln Ã) with the exact elasticity
    e = ∂ln D/∂ln m of the dose (−1 for electrons, −2/3 for photons of a table, 0 for cross-dose). An error of
    mass or S value is the same in all cycles, so it does not average out in their sum.

    Parameters
    ----------
    dose
        Absorbed doses of a run.
    mass_cv, s_value_cv
        Coefficients of variation, 0.1 or ``"10 %"``, one or by region; those of ``s_values/general.yaml`` for regions not given.
        The S-value one is of the phantom against the patient at equal mass.
    activity_sd
        Standard deviation of ln Ã, one or by region (a mapping or an array with a coordinate of regions, as
        ``fit.predict().data["total_absorbed_dose_sd"]``, in which masses and S values count as known); none
        when absent.
    samples
        Draws of the total absorbed doses instead [Gy], an array with dimensions ``sample`` and ``region`` or
        ``target``, as from a posterior: errors of mass and S value are added to their spread, and median and
        interval are those of the draws.
    level
        Of the intervals.
    by_cycle
        One row per region and cycle instead of one of the total. `activity_sd` is then that of every cycle, and
        `samples` need a dimension ``cycle``. The cycles of a region share errors of mass and S value, so their
        variances do not add up to that of the total.

    Returns
    -------
    pandas.DataFrame
        Index region, of the total over cycles, or (region, cycle): columns ``absorbed_dose_Gy``, ``sd_Gy``, ``cv``, ``low_Gy``,
        ``high_Gy``, and ``mass_sd``, ``s_value_sd``, ``activity_sd``, the standard deviations of ln D by cause.

    Raises
    ------
    ValueError
        If a coefficient of variation is negative or of a region there is none of, or if samples lack a dimension.

    Notes
    -----
    Not covered: the error of a fit, unless `activity_sd` or `samples` bring it (a prediction of a fit takes masses and
    S values as known, this function takes its parameters as known); cross-dose from regions whose own mass is wrong;
    a mass that changes from cycle to cycle by another factor than assumed.

    Activity is taken as measured or predicted: where a wrong volume also makes the activity of a region
    wrong, as in small ones seen by SPECT, part of both cancels and this is too wide.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
    >>> spread = dose_uncertainty(lt.absorbed_dose(run), mass_cv=0.10, s_value_cv=0.0)
    >>> round(float(spread.at["kidney", "cv"]), 3)
    0.099
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, found {level}")
    regions = [str(region) for region in dose.table.index]
    nuclide = str(dose.run.data["nuclide"].values[0])
    numbers = s_value_parameters(nuclide, dose.library)
    lesions = set(dose.run.lesions)
    masses = {
        r: numbers[f"uncertainty.{'lesion' if r in lesions else 'organ'}_mass"] for r in regions
    }
    mass = _log_sd(_by_region(mass_cv, regions, masses, "mass_cv"))
    values = dict.fromkeys(regions, numbers["uncertainty.s_value"])
    s_value = _log_sd(_by_region(s_value_cv, regions, values, "s_value_cv"))
    activity = _by_region(
        _mapping(activity_sd), regions, dict.fromkeys(regions, 0.0), "activity_sd"
    )
    by_mass = dose.mass_response.sum("cycle").values
    if not by_cycle:
        drawn = None if samples is None else _draws(samples, regions)
        total = dose.table["total"].to_numpy()
        return _table(total, by_mass, mass, s_value, activity, drawn, regions, level)
    if samples is not None and "cycle" not in samples.dims:
        raise ValueError(f"samples by cycle need a dimension 'cycle', found {tuple(samples.dims)}")
    tables: dict[int, pd.DataFrame] = {}
    for k, cycle in enumerate(dose.mass_response["cycle"].values.tolist()):
        drawn = None if samples is None else _draws(samples.isel(cycle=k), regions)
        doses = dose.table[f"cycle_{cycle}"].to_numpy()
        response = dose.mass_response.values[:, k]
        tables[cycle] = _table(doses, response, mass, s_value, activity, drawn, regions, level)
    table = pd.concat(tables, names=["cycle"]).swaplevel()
    return table.reindex(pd.MultiIndex.from_product([regions, tables], names=table.index.names))


def _table(
    doses: Array,
    mass_response: Array,
    mass: Array,
    s_value: Array,
    activity: Array,
    drawn: Array | None,
    regions: list[str],
    level: float,
) -> pd.DataFrame:
    """Spread of the doses of one cycle or of all, from standard deviations of logarithms."""
    from scipy.stats import norm

    with np.errstate(divide="ignore", invalid="ignore"):
        elasticity = np.nan_to_num(mass_response / doses)
    out = pd.DataFrame({"absorbed_dose_Gy": doses}, index=pd.Index(regions, name="region"))
    by_mass = np.abs(elasticity) * mass
    if drawn is not None:
        _from_samples(out, drawn, np.hypot(by_mass, s_value), level)
        activity = out.pop("activity_sd").to_numpy()
    else:
        sd = np.sqrt(by_mass**2 + s_value**2 + activity**2)
        width = norm.ppf(0.5 + 0.5 * level) * sd
        out["cv"] = np.sqrt(np.expm1(sd**2))
        out["sd_Gy"] = doses * np.exp(0.5 * sd**2) * out["cv"]
        out["low_Gy"], out["high_Gy"] = doses * np.exp(-width), doses * np.exp(width)
    out["mass_sd"], out["s_value_sd"], out["activity_sd"] = by_mass, s_value, activity
    return out[list(COLUMNS)]


def _log_sd(cv: Array) -> Array:
    """Compute the standard deviation of the logarithm of a log-normal variable."""
    return np.asarray(np.sqrt(np.log1p(cv**2)))


def _mapping(given: Any) -> Any:
    """Turn an array with a coordinate of regions into a mapping."""
    for name in ("target", "region"):
        if name in getattr(given, "dims", ()):
            return dict(zip(map(str, given[name].values), map(float, given.values), strict=True))
    return dict(given) if isinstance(given, pd.Series) else given


def _by_region(given: Any, regions: list[str], default: Mapping[str, float], name: str) -> Array:
    if isinstance(given, Mapping):
        if unknown := sorted(set(given) - set(regions)):
            raise ValueError(f"{name}: no absorbed dose of {', '.join(unknown)}")
        values = np.array([share_of(given.get(r, default[r]), f"{name} of {r}") for r in regions])
    elif given is None:
        values = np.array([default[region] for region in regions])
    else:
        values = np.full(len(regions), share_of(given, name))
    if not np.all(values >= 0.0):
        raise ValueError(f"{name} must not be negative")
    return values


def _draws(samples: Any, regions: list[str]) -> Array:
    """Draws of doses, shape (sample, region)."""
    name = "target" if "target" in samples.dims else "region"
    drawn = samples.transpose("sample", name).sel({name: regions}).values
    if not np.all(drawn > 0.0):
        raise ValueError("samples of absorbed doses must be positive")
    return np.asarray(drawn)


def _from_samples(out: pd.DataFrame, drawn: Array, sd: Array, level: float) -> None:
    """Fill in median and interval of draws, each quantile over draws and over the normal error `sd` of ln D."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    logs = np.log(drawn)
    tails = 0.5 + 0.5 * level * np.array([-1.0, 0.0, 1.0])

    def quantile(column: Array, width: float, p: float) -> float:
        if width == 0.0:
            return float(np.quantile(column, p))
        low, high = column.min() - 9 * width, column.max() + 9 * width
        return float(brentq(lambda x: norm.cdf((x - column) / width).mean() - p, low, high))

    ends = [[quantile(logs[:, r], sd[r], p) for p in tails] for r in range(logs.shape[1])]
    out["low_Gy"], out["absorbed_dose_Gy"], out["high_Gy"] = np.exp(np.array(ends)).T
    first = drawn.mean(axis=0) * np.exp(0.5 * sd**2)
    second = (drawn**2).mean(axis=0) * np.exp(2.0 * sd**2)
    out["sd_Gy"] = np.sqrt(second - first**2)
    out["cv"] = out["sd_Gy"] / first
    out["activity_sd"] = logs.std(axis=0)

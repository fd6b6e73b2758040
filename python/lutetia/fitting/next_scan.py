"""Which further scan would say most about a dose or a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.run import _choice
from lutetia.units import Quantity, hours_of

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

TIMES = (1.0, 4.0, 24.0, 48.0, 72.0, 96.0, 120.0, 144.0, 168.0, 192.0)  # h, usual days of imaging


def next_scan(
    fit: Fit,
    *,
    target: str | Sequence[str] | None = None,
    times: Sequence[Quantity] = TIMES,
    cycles: Sequence[int] | None = None,
    regions: Sequence[str] | None = None,
    together: bool = True,
    convention: str = "s_values",
    tail: str = "linear",
) -> pd.DataFrame:
    """Rank further scans by how much they would narrow what is asked.

    The information of a scan that shows what the fit predicts is added to that of the fit; the error models
    and calibration factors are those of the last measurement of each region.

    Parameters
    ----------
    fit
        A fitted patient.
    target
        Regions, for the absorbed dose of the whole course, or names of coordinates; kidney and measured
        tumors when absent, or the coordinate known worst where there are none.
    times
        Of candidates after the begin of a cycle, in h or quantities.
    cycles
        Of candidates, from 1; all of the regimen when absent.
    regions
        Of candidates, each measured before; all of these when absent.
    together
        One scan shows all `regions`; False: rank each region by itself.
    convention, tail
        Of absorbed doses, as in `absorbed_dose`.

    Returns
    -------
    pandas.DataFrame
        ``region`` (several are joined by commas), ``cycle``, ``time_h``, ``reduction`` (share by which the mean
        variance of the logarithms of all targets falls), and for each target ``cv …`` after the scan; the best
        first. ``attrs["cv"]`` has the CV of every target now.

    Raises
    ------
    ValueError
        If a target, cycle or region is none of this fit.
    """
    slopes = _targets(fit, target, convention, tail)
    scans = _candidates(fit, times, cycles, regions)
    states = _States(fit, scans)
    now = _variances(fit.covariance, slopes)
    keys = ["cycle", "candidate_h"] if together else ["region", "cycle", "candidate_h"]
    out = []
    for _, group in scans.groupby(keys, sort=False):
        after = _variances(states.covariance_with(group.index), slopes)
        out.append(
            {
                "region": ", ".join(group["region"]),
                "cycle": int(group["cycle"].iloc[0]),
                "time_h": float(group["candidate_h"].iloc[0]),
                "reduction": 1.0 - after.mean() / now.mean(),
                **{f"cv {n}": _cv(v) for n, v in zip(slopes, after, strict=True)},
            }
        )
    table = pd.DataFrame(out).sort_values("reduction", ascending=False, ignore_index=True)
    table.attrs["cv"] = {n: _cv(v) for n, v in zip(slopes, now, strict=True)}
    return table


def _cv(variance: float) -> float:
    return float(np.sqrt(np.expm1(variance)))


def _variances(covariance: Array, slopes: dict[str, Array]) -> Array:
    """Variance of the logarithm of each target."""
    return np.array([s @ covariance @ s for s in slopes.values()])


def _targets(
    fit: Fit, target: str | Sequence[str] | None, convention: str, tail: str
) -> dict[str, Array]:
    """∂ ln(target)/∂φ of each target, shape (coordinates,)."""
    q = len(fit.prior.names)
    if target is None:
        seen = dict.fromkeys(fit.rows["region"])
        tumors = set(fit.rows.loc[fit.rows["region_class"] == "tumor", "region"])
        names = [r for r in seen if r == "kidney" or r in tumors]
        if not names:
            spread = np.diag(fit.covariance)[: fit.model_coordinates]
            names = [fit.prior.names[int(spread.argmax())]]
    else:
        names = [target] if isinstance(target, str) else list(target)
    found: dict[str, Any] = {}
    if any(n not in fit.prior.names for n in names):
        found = fit._course.outcomes(
            fit.phi[: fit.model_coordinates],
            np.array([]),
            True,
            _choice(_core.DoseConvention, convention, "convention"),
            _choice(_core.Tail, tail, "tail"),
        )
    out = {}
    for name in names:
        slope = np.zeros(q)
        if name in fit.prior.names:
            slope[fit.prior.names.index(name)] = 1.0
        elif name in found["targets"]:
            k = found["targets"].index(name)
            slope[: fit.model_coordinates] = (
                found["dose_by"][k].sum(axis=0) / found["dose"][k].sum()
            )
        else:
            raise ValueError(
                f"target must be a region with an absorbed dose or a coordinate, found {name!r}; regions are "
                f"{found['targets']}, coordinates {fit.prior.names}"
            )
        out[name] = slope
    return out


def _candidates(
    fit: Fit,
    times: Sequence[Quantity],
    cycles: Sequence[int] | None,
    regions: Sequence[str] | None,
) -> pd.DataFrame:
    """Rows like those of the fit, at the times of candidates."""
    starts = np.asarray(fit._course.cycle_starts)
    chosen = range(1, len(starts) + 1) if cycles is None else cycles
    if any(not 1 <= c <= len(starts) for c in chosen):
        raise ValueError(f"cycles must be within 1 to {len(starts)}, found {list(chosen)}")
    last = fit.rows.sort_values("time_h").groupby("region", sort=False).tail(1).set_index("region")
    seen = [r for r in dict.fromkeys(fit.rows["region"]) if regions is None or r in regions]
    unknown = [r for r in regions or () if r not in last.index]
    if unknown:
        raise ValueError(
            f"regions must have been measured, so that errors are known; found {unknown}, measured are "
            f"{sorted(last.index)}"
        )
    hours = [hours_of(t, "times") for t in times]
    if not hours or not seen:
        raise ValueError("times and regions must not be empty")
    rows = [
        {
            **last.loc[r].to_dict(),
            "region": r,
            "cycle": c,
            "candidate_h": t,
            "t_h": t,
            "time_h": starts[c - 1] + t,
            "censoring": "none",
        }
        for c in chosen
        for t in hours
        for r in seen
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Stored:
    """A course that predicts what was computed before."""

    predictor: _core.Predictor

    def predict_scans(self, scans: Sequence[Any]) -> _core.Predictor:
        return self.predictor


class _States:
    """Predictions and derivatives of all candidates, from one run."""

    def __init__(self, fit: Fit, scans: pd.DataFrame) -> None:
        self.fit, self.scans = fit, scans
        own = fit.model_coordinates
        every = [
            *zip(fit.rows["region"], fit.rows["nuclide"], fit.rows["time_h"], strict=True),
            *zip(scans["region"], scans["nuclide"], scans["time_h"], strict=True),
        ]
        names = fit.prior.names[:own]
        flat = _core.Prior(names, fit.phi[:own], np.eye(own))
        at = _core.Objective(
            fit._course.predict_scans([(r, n, float(t)) for r, n, t in every]),
            [_core.Measurement(1.0, 1.0) for _ in every],
            [_core.ErrorModel(_core.ErrorKind.fixed)],
            0,
            flat,
        ).evaluate(np.zeros(own))
        if "predictions" not in at:
            raise ValueError(f"no prediction of the candidates: {at['why']}")
        self.values, self.jacobian = np.asarray(at["predictions"]), np.asarray(at["jacobian"])

    def covariance_with(self, chosen: pd.Index) -> Array:
        """Covariance of φ with some candidates measured as predicted, shape (coordinates, coordinates)."""
        fit, n = self.fit, len(self.fit.rows)
        extra = self.scans.loc[chosen].copy()
        relative = extra["sd_MBq"].astype(float) / extra["activity_MBq"].astype(float)
        extra["activity_MBq"] = self.values[n + np.asarray(chosen)]
        extra["sd_MBq"] = relative * extra["activity_MBq"]
        kept = np.concatenate([np.arange(n), n + np.asarray(chosen)])
        values, jacobian = self.values[kept], self.jacobian[kept]
        stored = _core.Predictor(
            lambda phi, derivatives: (values, jacobian) if derivatives else values,
            len(kept),
            fit.model_coordinates,
        )
        rows = pd.concat([fit.rows, extra[fit.rows.columns]], ignore_index=True)
        objective = fit._setup.objective(_Stored(stored), rows, fit.groups, fit.prior)  # type: ignore[arg-type]
        information = objective.evaluate(fit.z)["information"]
        factor = np.asarray(objective.prior.factor)
        inner = np.eye(len(factor)) + factor.T @ information @ factor
        return np.asarray(factor @ np.linalg.solve(inner, factor.T))

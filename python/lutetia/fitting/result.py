"""What a fit returns: parameters with their uncertainty, predictions, and how it went."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.prior import Prior
from lutetia.patient import Patient
from lutetia.prescription import Regimen
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    from lutetia.fitting.prediction import Prediction

Array = npt.NDArray[np.float64]

SAME_OPTIMUM = 0.1  # of O: no more than noise of the integration and of stopping
UNIQUE_SHARE = 0.3  # of the searches that must end at the best


@dataclass(frozen=True)
class Setup:
    """Descriptions a fit was made with."""

    model: _core.Model
    patient: Patient
    regimen: Regimen
    library: _core.Library
    rtol: float
    max_steps: int

    def course(
        self, coordinates: Sequence[Coordinate], regimen: Regimen | None = None
    ) -> _core.PatientCourse:
        """Compile the patient with free parameters, under his regimen or another one."""
        options = _core.BatchOptions().simulation
        options.rtol = self.rtol
        options.max_steps = self.max_steps
        return _core.PatientCourse(
            self.library,
            self.model,
            self.patient.core,
            (regimen or self.regimen).core,
            [c.core for c in coordinates],
            options,
        )

    def objective(
        self,
        course: _core.PatientCourse,
        rows: pd.DataFrame,
        groups: dict[str, ErrorModel],
        prior: Prior,
    ) -> _core.Objective:
        """−2 ln posterior of the coordinates given the rows."""
        scans = list(
            zip(rows["region"], rows["nuclide"], rows["time_h"].astype(float), strict=True)
        )
        names, series = list(groups), [s for s in dict.fromkeys(rows["series"]) if s]
        measurements = [
            _core.Measurement(
                value=0.0 if row["censoring"] == "left" else float(row["activity_MBq"]),
                standard_deviation=_or_zero(row["sd_MBq"]),
                group=names.index(row["error_group"]),
                censored=row["censoring"] == "left",
                limit=_or_zero(row["detection_limit_MBq"]),
                series=series.index(row["series"]) if row["series"] else -1,
            )
            for row in _records(rows)
        ]
        return _core.Objective(
            course.predict_scans(scans),
            measurements,
            [error.core for error in groups.values()],
            len(series),
            _core.Prior(prior.names, prior.mean, prior.covariance),
        )


class Fit:
    """A fitted patient.

    Attributes
    ----------
    prior : Prior
        Of all coordinates: parameters of the model, then calibration factors, then scales of errors.
    groups : dict of str to ErrorModel
        Error model of each group of measurements.
    rows : pandas.DataFrame
        Measurements that were used, with ``predicted_MBq``, the ``residual`` in standard deviations and
        the group.
    minima : list of dict
        Every search: status, objective, iterations, evaluations, failures.
    seconds : float
        Of the searches.
    """

    def __init__(
        self,
        *,
        setup: Setup,
        prior: Prior,
        model_coordinates: int,
        groups: dict[str, ErrorModel],
        rows: pd.DataFrame,
        minima: list[dict[str, Any]],
        best: int,
        seconds: float,
        objective: _core.Objective,
        course: _core.PatientCourse,
    ) -> None:
        self._setup = setup
        self.prior = prior
        self.model_coordinates = model_coordinates
        self.groups = groups
        self.minima = minima
        self.best = best
        self.seconds = seconds
        self._objective = objective
        self._course = course
        self.z = np.array(minima[best]["z"])
        self._at = objective.evaluate(self.z)
        self.rows = self._with_predictions(rows)

    # --- where it ended -----------------------------------------------------------------------

    @property
    def status(self) -> str:
        """``"converged"``, or ``"cancelled"`` for the best so far."""
        return str(self.minima[self.best]["status"])

    @property
    def phi(self) -> Array:
        """Coordinates φ, shape (coordinates,)."""
        return np.asarray(self._objective.prior.coordinates(self.z))

    @property
    def objective(self) -> float:
        """−2 ln posterior without the n ln 2π of the likelihood and the constants of the prior."""
        return float(self._at["likelihood"] + self._at["prior"])

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of the measurements, n ln 2π included."""
        return -0.5 * float(self._at["likelihood"] + len(self.rows) * np.log(2.0 * np.pi))

    @property
    def unique(self) -> bool:
        """True when enough of the searches ended at this optimum."""
        hits = [m["objective"] - self.objective < SAME_OPTIMUM for m in self.minima]
        return bool(np.mean(hits) >= UNIQUE_SHARE)

    # --- what is known ------------------------------------------------------------------------

    @cached_property
    def information(self) -> Array:
        """Expected information of the measurements about φ, shape (coordinates, coordinates)."""
        return np.asarray(self._at["information"])

    @cached_property
    def covariance(self) -> Array:
        """Covariance of φ after the fit (Laplace), shape (coordinates, coordinates)."""
        factor = np.asarray(self._objective.prior.factor)
        inner = np.eye(len(factor)) + factor.T @ self.information @ factor
        return np.asarray(factor @ np.linalg.solve(inner, factor.T))

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the coordinates after the fit."""
        sd = np.sqrt(np.diag(self.covariance))
        return pd.DataFrame(self.covariance / np.outer(sd, sd), self.prior.names, self.prior.names)

    @property
    def parameters(self) -> pd.DataFrame:
        """Value, unit, CV and 90 % interval of every coordinate, with prior and verdict; index name."""
        from lutetia.fitting.report import knowledge

        return knowledge(self)

    def predict(self, **options: Any) -> Prediction:
        """Predict activities and absorbed doses with intervals; see `lutetia.fitting.prediction.predict`."""
        from lutetia.fitting.prediction import predict

        return predict(self, **options)

    # --- how it is kept -----------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the fit to one JSON file; see `lutetia.fitting.storage.save`."""
        from lutetia.fitting.storage import save

        save(self, path)

    def __reduce__(self) -> tuple[Any, ...]:
        from lutetia.fitting.storage import from_text, library_path, to_text

        return from_text, (to_text(self), library_path(self))

    # --- how it is shown ----------------------------------------------------------------------

    def summary(self) -> str:
        """Describe the fit in a few lines."""
        best = self.minima[self.best]
        hits = sum(m["objective"] - self.objective < SAME_OPTIMUM for m in self.minima)
        lines = [
            f"{self.status}: {len(self.rows)} measurements, {len(self.prior.names)} coordinates, "
            f"objective {self.objective:.4g}",
            f"{hits} of {len(self.minima)} searches end there"
            + ("" if self.unique else "; the optimum may not be unique"),
            f"{best['iterations']} iterations, {best['evaluations']} runs, {best['failures']} steps "
            f"taken back, {self.seconds:.2f} s for all searches",
            "",
            self.parameters[["value", "unit", "cv", "gain", "verdict"]].to_string(
                float_format="{:.3g}".format
            ),
            RESEARCH_ONLY,
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<Fit of {self._setup.patient.name!r}: {self.status}, {len(self.rows)} measurements, "
            f"{len(self.prior.names)} coordinates, objective {self.objective:.6g}>"
        )

    def _repr_html_(self) -> str:
        table = self.parameters.to_html(float_format="{:.3g}".format)
        return f"<b>{html.escape(repr(self))}</b>{table}<small>{html.escape(RESEARCH_ONLY)}</small>"

    def _with_predictions(self, rows: pd.DataFrame) -> pd.DataFrame:
        out = rows.copy()
        predicted = np.asarray(self._at["predictions"], dtype=float)
        out["predicted_MBq"] = predicted
        scales = {
            name.removeprefix("error scale, "): float(np.exp(phi))
            for name, phi in zip(self.prior.names, self.phi, strict=True)
            if name.startswith("error scale, ")
        }
        out["residual"] = [
            _residual(self.groups[row["error_group"]], row, f) / scales.get(row["error_group"], 1.0)
            for row, f in zip(_records(out), predicted, strict=True)
        ]
        return out


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(rows.columns, values, strict=True)) for values in rows.to_numpy(dtype=object)]


def _or_zero(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(value)


def _residual(error: ErrorModel, row: dict[str, Any], f: float) -> float:
    """Measured less predicted in standard deviations; NaN for a value below the limit."""
    if row["censoring"] == "left":
        return float("nan")
    y = float(row["activity_MBq"])
    if error.kind in ("log_normal", "student_t"):
        return float(np.log(y / f) / error.cv)
    sd = {
        "fixed": row["sd_MBq"],
        "proportional_data": error.cv * y,
        "proportional_model": error.cv * f,
        "combined_sd": error.sd + error.cv * f,
        "combined_variance": np.hypot(error.sd, error.cv * f),
    }[error.kind]
    return (y - f) / float(sd)

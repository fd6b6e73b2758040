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
    from arviz import InferenceData
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.fitting.bootstrap import Bootstrap
    from lutetia.fitting.gof import GofReport
    from lutetia.fitting.importance import ImportanceSample
    from lutetia.fitting.prediction import Prediction
    from lutetia.fitting.profile import Profile

Array = npt.NDArray[np.float64]

SAME_OPTIMUM = 0.1  # of O: no more than noise of the integration and of stopping
SAME_PLACE = 0.5  # standard deviations between the ends of two searches
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

    Examples
    --------
    >>> import lutetia as lt, pandas as pd
    >>> cycle = lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                     duration="30 min")
    >>> scans = pd.DataFrame({"t_h": [4.0, 24.0, 96.0, 168.0], "value": [210.0, 160.0, 62.0, 24.0]})
    >>> table = lt.Observations.from_frame(scans, defaults=dict(
    ...     patient="p1", cycle=1, region="kidney", region_class="organ", quantity="activity", unit="MBq",
    ...     decay_corrected=False, modality="SPECT", nuclide="Lu-177"))
    >>> fit = lt.fit("sstr2_whole_body", "reference_male", cycle, table, starts=2,
    ...              free=["kidney.receptor_density", "k_release_normal"])

    How good it is, and what speaks against it:

    >>> fit.gof().criteria["posterior"].tolist()
    [True, True]

    Three ways to an interval beside that of `parameters`:

    >>> fit.profile("kidney.receptor_density").verdict
    'identifiable'
    >>> fit.bootstrap(4, seed=1)
    <Bootstrap: 4 of 4 fits, 0 failed>
    >>> fit.importance(400, seed=1).efficiency > 0.5
    True

    Which scan would say most about the absorbed dose of the kidney:

    >>> best = fit.next_scan(target="kidney", times=["2 h", "72 h"]).iloc[0]
    >>> best["region"], int(best["cycle"]), bool(0 < best["reduction"] < 1)
    ('kidney', 1, True)
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
    def error_scales(self) -> dict[str, float]:
        """Fitted factors on the standard deviations of groups that have one to estimate."""
        mark = "error scale, "
        return {
            name.removeprefix(mark): float(np.exp(phi))
            for name, phi in zip(self.prior.names, self.phi, strict=True)
            if name.startswith(mark)
        }

    @property
    def unique(self) -> bool:
        """True when enough of the searches ended at this optimum."""
        return self._hits() >= UNIQUE_SHARE * len(self.minima)

    def _hits(self) -> int:
        """Count searches that converged to this place, by objective and coordinates."""
        return sum(
            m["status"] == "converged"
            and abs(m["objective"] - self.objective) < SAME_OPTIMUM
            and self._distance(np.array(m["z"])) < SAME_PLACE
            for m in self.minima
        )

    def _distance(self, z: Array) -> float:
        """From the fit, in standard deviations after the fit."""
        off = np.asarray(self._objective.prior.coordinates(z)) - self.phi
        return float(np.sqrt(off @ np.linalg.solve(self.covariance, off)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the numbers of this fit doubtful, most of all that they do not describe the data."""
        from lutetia.fitting.residuals import WIDEST, residual_table

        out = []
        scatter = residual_table(self.rows)["sd"]
        for group in scatter.index[scatter > WIDEST]:
            out.append(
                f"{group}: residuals scatter {scatter[group]:.2g} times as wide as assumed; the model does "
                "not describe these measurements, and no interval holds"
            )
        lower = [
            m["objective"]
            for m in self.minima
            if m["status"] != "converged" and m["objective"] < self.objective - SAME_OPTIMUM
        ]
        if lower:
            out.append(
                f"{len(lower)} of the searches were lower (objective {min(lower):.4g}) when they ended "
                "without converging"
            )
        if not self.unique:
            out.append(
                f"only {self._hits()} of {len(self.minima)} searches end here: the optimum may not be unique"
            )
        return tuple(out)

    # --- what is known ------------------------------------------------------------------------

    @cached_property
    def information(self) -> Array:
        """Expected information of the measurements about φ, shape (coordinates, coordinates)."""
        return np.asarray(self._at["information"])

    @cached_property
    def covariance(self) -> Array:
        """Covariance of φ after the fit (Laplace), shape (coordinates, coordinates)."""
        from lutetia.fitting.report import laplace_covariance

        return laplace_covariance(np.asarray(self._objective.prior.factor), self.information)

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the coordinates after the fit."""
        from lutetia.imaging_design.information import correlations

        return pd.DataFrame(correlations(self.covariance), self.prior.names, self.prior.names)

    @property
    def parameters(self) -> pd.DataFrame:
        """Value, unit, CV and 90 % interval of every coordinate, with prior and verdict; index name."""
        from lutetia.fitting.report import knowledge

        return knowledge(self)

    def predict(self, **options: Any) -> Prediction:
        """Predict activities and absorbed doses with intervals; see `lutetia.fitting.prediction.predict`."""
        from lutetia.fitting.prediction import predict

        return predict(self, **options)

    @property
    def aicc(self) -> float:
        """Akaike's corrected criterion; see `lutetia.fitting.gof.aicc`."""
        from lutetia.fitting.gof import aicc

        return aicc(self)

    @property
    def log_marginal_likelihood(self) -> float:
        """By Laplace's approximation; see `lutetia.fitting.gof.log_marginal_likelihood`."""
        from lutetia.fitting.gof import log_marginal_likelihood

        return log_marginal_likelihood(self)

    def gof(self) -> GofReport:
        """Report the criteria of the field, with the prior and without; see `lutetia.fitting.gof.gof`."""
        from lutetia.fitting.gof import gof

        return gof(self)

    def next_scan(self, **options: Any) -> pd.DataFrame:
        """Rank further scans by what they would add; see `lutetia.fitting.next_scan.next_scan`."""
        from lutetia.fitting.next_scan import next_scan

        return next_scan(self, **options)

    def profile(self, name: str, **options: Any) -> Profile:
        """Profile one coordinate; see `lutetia.fitting.profile.profile`."""
        from lutetia.fitting.profile import profile

        return profile(self, name, **options)

    def bootstrap(self, n: int = 200, **options: Any) -> Bootstrap:
        """Fit drawn measurements; see `lutetia.fitting.bootstrap.bootstrap`."""
        from lutetia.fitting.bootstrap import bootstrap

        return bootstrap(self, n, **options)

    def importance(self, n: int = 2000, **options: Any) -> ImportanceSample:
        """Check Laplace's approximation by weights; see `lutetia.fitting.importance.importance`."""
        from lutetia.fitting.importance import importance

        return importance(self, n, **options)

    def sample(self, draws: int = 1000, **options: Any) -> InferenceData:
        """Draw from the posterior with NUTS; see `lutetia.fitting.sampling.sample`."""
        from lutetia.fitting.sampling import sample

        return sample(self, draws, **options)

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
        lines = [
            f"{self.status}: {len(self.rows)} measurements, {len(self.prior.names)} coordinates, "
            f"objective {self.objective:.4g}",
            *(f"WARNING: {warning}" for warning in self.warnings),
            f"{self._hits()} of {len(self.minima)} searches end there",
            f"{best['iterations']} iterations, {best['evaluations']} runs, {best['failures']} steps "
            f"taken back, {self.seconds:.2f} s for all searches",
            "",
            self.parameters[["value", "unit", "cv", "gain", "verdict"]].to_string(
                float_format="{:.3g}".format
            ),
            RESEARCH_ONLY,
        ]
        return "\n".join(lines)

    def plot(self, **options: Any) -> Figure:
        """Measured and fitted curves with 90 % bands; see `lutetia.fitting.plots.plot_fit`."""
        from lutetia.fitting.plots import plot_fit

        return plot_fit(self, **options)

    def plot_gof(self) -> Figure:
        """Draw observed over predicted, and residuals over time; see `lutetia.fitting.diagnostic_plots.plot_gof`."""
        from lutetia.fitting.diagnostic_plots import plot_gof

        return plot_gof(self)

    def plot_waterfall(self, *, ax: Axes | None = None) -> Axes:
        """Objectives of all searches in order; see `lutetia.fitting.diagnostic_plots.plot_waterfall`."""
        from lutetia.fitting.diagnostic_plots import plot_waterfall

        return plot_waterfall(self, ax=ax)

    def plot_parameters(self, *, ax: Axes | None = None) -> Axes:
        """Draw 90 % intervals before and after the fit; see `lutetia.fitting.diagnostic_plots.plot_parameters`."""
        from lutetia.fitting.diagnostic_plots import plot_parameters

        return plot_parameters(self, ax=ax)

    def __repr__(self) -> str:
        return (
            f"<Fit of {self._setup.patient.name!r}: {self.status}, {len(self.rows)} measurements, "
            f"{len(self.prior.names)} coordinates, objective {self.objective:.6g}>"
        )

    def _repr_html_(self) -> str:
        table = self.parameters.to_html(float_format="{:.3g}".format)
        doubts = "".join(f"<p><b>Warning:</b> {html.escape(w)}</p>" for w in self.warnings)
        return f"<b>{html.escape(repr(self))}</b>{doubts}{table}<small>{html.escape(RESEARCH_ONLY)}</small>"

    def _with_predictions(self, rows: pd.DataFrame) -> pd.DataFrame:
        out = rows.copy()
        predicted = np.asarray(self._at["predictions"], dtype=float)
        out["predicted_MBq"] = predicted
        scales = self.error_scales
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
    sd = error.standard_deviation(y if error.kind == "proportional_data" else f, row["sd_MBq"])
    return (y - f) / sd

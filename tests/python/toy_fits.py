"""Fits of models in one line, for statements with a closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import lutetia as lt
from lutetia import _core
from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.patient_fit import search
from lutetia.fitting.prior import Prior
from lutetia.fitting.result import Fit, Setup

Model = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray] | None]


class ToyCourse:
    """A patient who is a function of φ."""

    cycle_starts = (0.0,)

    def __init__(self, model: Model, measurements: int, coordinates: int) -> None:
        def predict(phi: np.ndarray, derivatives: bool) -> Any:
            found = model(phi)
            return found if derivatives or found is None else found[0]

        self.predictor = _core.Predictor(predict, measurements, coordinates)

    def predict_scans(self, scans: Any) -> _core.Predictor:
        return self.predictor


def toy_fit(
    model: Model,
    y: Sequence[float],
    prior_sd: Sequence[float],
    *,
    error: ErrorModel | None = None,
    sd: float = float("nan"),
    names: Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    mean: Sequence[float] | None = None,
    correlation: float = 0.0,
    limits: Sequence[float] | None = None,
    censored: bool = False,
    starts: int = 1,
) -> Fit:
    """Fit y = model(φ) with φ ~ N(mean, prior_sd²)."""
    n, q = len(y), len(prior_sd)
    names = names or [f"p{k}" for k in range(q)]
    rho = np.full((q, q), correlation)
    np.fill_diagonal(rho, 1.0)
    prior = Prior(
        [Coordinate(name, (name,)) for name in names],
        np.zeros(q) if mean is None else mean,
        rho * np.outer(prior_sd, prior_sd),
    )
    limit = np.full(n, np.nan) if limits is None else np.array(limits)
    rows = pd.DataFrame(
        {
            "row": range(n),
            "region": "kidney",
            "region_class": "organ",
            "cycle": 1,
            "nuclide": "Lu-177",
            "t_h": range(1, n + 1) if times is None else times,
            "activity_MBq": y,
            "sd_MBq": sd,
            "detection_limit_MBq": limit,
            "censoring": "left" if censored else "none",
            "error_group": "organ SPECT Lu-177",
            "series": "",
        }
    )
    rows["time_h"] = rows["t_h"].astype(float)
    setup = Setup(None, SimpleNamespace(name="toy"), None, None, 1e-6, 1)
    course = ToyCourse(model, n, q)
    groups = {"organ SPECT Lu-177": error or ErrorModel("fixed")}
    objective = setup.objective(course, rows, groups, prior)
    rng = np.random.default_rng(1)
    minima = search(objective, [np.zeros(q), *rng.standard_normal((starts - 1, q))], 1)
    records = [
        {
            "status": m.status.name,
            "z": m.z,
            "objective": m.objective,
            "iterations": m.iterations,
            "evaluations": m.evaluations,
            "failures": m.failures,
        }
        for m in minima
    ]
    return Fit(
        setup=setup,
        prior=prior,
        model_coordinates=q,
        groups=groups,
        rows=rows,
        minima=records,
        best=int(np.argmin([m.objective for m in minima])),
        seconds=0.0,
        objective=objective,
        course=course,
    )


def linear(design: np.ndarray) -> Model:
    """Predictions design·φ."""
    return lambda phi: (design @ phi, design)


def linear_fit(**options: Any) -> tuple[Fit, np.ndarray, np.ndarray]:
    """A fit with normal errors of a linear model, the exact mean and covariance of its posterior."""
    rng = np.random.default_rng(7)
    design = rng.standard_normal((6, 3))
    y, sd, prior_sd = rng.standard_normal(6), 0.4, np.array([0.8, 0.5, 1.2])
    fit = toy_fit(linear(design), y, prior_sd, sd=sd, correlation=0.3, **options)
    precision = np.linalg.inv(fit.prior.covariance)
    covariance = np.linalg.inv(design.T @ design / sd**2 + precision)
    return fit, covariance @ (design.T @ y / sd**2), covariance


def exponential(times: np.ndarray) -> Model:
    """exp(φ₀ − exp(φ₁) t)."""

    def model(phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rate = np.exp(phi[1])
        f = np.exp(phi[0] - rate * times)
        return f, np.column_stack([f, -f * rate * times])

    return model


TIMES = (4.0, 24.0, 96.0, 168.0)
FREE = ["kidney.receptor_density", "k_release_normal", "tumor.receptor_density"]


def small_fit() -> Fit:
    """Three coordinates of the whole-body model from a kidney and a tumor, the last tumor not seen."""
    patient = lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        lesions=[lt.Lesion("tumor", volume="30 mL")],
    )
    cycle = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
    )
    regimen = lt.repeat(cycle, every="8 week", count=2)
    run = lt.simulate("sstr2_whole_body", patient, regimen, times=list(TIMES))
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        [
            {
                "patient": "p1",
                "cycle": 1,
                "region": region,
                "region_class": "tumor" if region == "tumor" else "organ",
                "t_h": t,
                "quantity": "activity",
                "unit": "MBq",
                "decay_corrected": False,
                "value": float(run.activity.sel(region=region).values[k])
                * np.exp(0.1 * rng.standard_normal()),
                "censoring": "none",
                "detection_limit": np.nan,
                "modality": "SPECT",
                "nuclide": "Lu-177",
                "volume_mL": 30.0 if region == "tumor" else np.nan,
            }
            for region in ("kidney", "tumor")
            for k, t in enumerate(TIMES)
        ]
    )
    frame.loc[7, ["censoring", "detection_limit"]] = ["left", 20.0]
    table = lt.Observations.from_frame(frame)
    return lt.fit("sstr2_whole_body", patient, regimen, table, free=FREE, starts=4, threads=1)

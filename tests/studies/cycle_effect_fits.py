"""Is a decline of tumor receptors from cycle to cycle recovered from few scans, and the right term chosen?

Virtual patients drawn from the prior of a fit, three cycles. First: two scans per cycle, receptors of lesions
falling by 6 and by 14 % per cycle; the bias of the recovered decline must be below two of its Monte-Carlo standard errors and
its 90 % intervals must hold the truth in 85 to 95 %. The prior of the factor is centered on none and pulls towards
it: the same fits with a prior ten times as wide say by how much. Second: errors of 10 %, a factor of 0.80 or
none; the term with the larger marginal likelihood (Laplace) must be the true one in 80 % of the patients.

    PYTHONPATH=tests python -m studies.cycle_effect_fits [--patients 200] [--out out/studies]

Exit code 1: one of these does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from lutetia.errors import FitError
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.patient_fit import fit
from lutetia.fitting.prior import Prior
from lutetia.fitting.result import Fit
from studies.virtual_scans import (
    MODEL,
    REGIONS,
    TUMORS,
    assumed_errors,
    course,
    medians,
    person,
    scans_of,
    truth_of,
)

SEED = 2027
CYCLES = 3
HOURS = (24.0, 168.0)
EFFECT = {"lesions.receptor_density": "per_cycle_factor"}
FACTOR = "lesions.receptor_density, factor per cycle"
DECLINES = (0.06, 0.14)
WIDE = 3.0  # spread of the logarithm of the factor, against 0.3
COVERAGE = (0.85, 0.95)
MOST_BIAS = 2.0  # Monte-Carlo standard errors
INTERVAL = 1.6448536269514722  # of 90 %
SELECTED_FACTOR, SELECTED_ERROR = 0.80, 0.10
LEAST_RIGHT = 0.8
STARTS = 2


def prior_of(spread: float | None = None) -> Prior:
    """Prior with a factor per cycle, its spread that of the package when none is given."""
    cv = None if spread is None else {FACTOR: spread}
    return Prior.population(MODEL, person(), course(CYCLES), cycle_effect=EFFECT, cv=cv)


class Patients:
    """What is the same for all patients of this study."""

    def __init__(self) -> None:
        self.prior = prior_of()
        self.at = self.prior.names.index(FACTOR)
        self.none = self.prior.without([FACTOR])
        self.wide = prior_of(WIDE)
        self.typical = medians(CYCLES)
        self.assumed = assumed_errors()

    def scans(self, number: int, factor: float, error: float | None = None) -> Any:
        """Scans of a patient whose receptors follow a factor; he depends on his number alone."""
        rng = np.random.default_rng([SEED, number])
        root = np.linalg.cholesky(self.prior.covariance)
        phi = self.prior.mean + root @ rng.standard_normal(len(self.prior.mean))
        phi[self.at] = np.log(factor)
        relative, calibration = self.assumed
        off = {
            r: calibration["tumor" if r in TUMORS else "organ"] * rng.standard_normal()
            for r in REGIONS
        }
        if error is not None:
            relative = dict.fromkeys(relative, error)
        truth = truth_of(self.prior, phi, self.typical, CYCLES, HOURS)
        return scans_of(truth, CYCLES, HOURS, relative, off, rng)

    def fitted(self, table: Any, prior: Prior, number: int, error: float | None = None) -> Fit:
        """Fit with a prior; the same error in every group when one is given."""
        groups = ("organ SPECT Lu-177", "tumor SPECT Lu-177")
        errors = None if error is None else {name: ErrorModel(cv=error) for name in groups}
        return fit(
            MODEL,
            person(),
            course(CYCLES),
            table,
            prior=prior,
            errors=errors,
            starts=STARTS,
            seed=number,
            threads=1,
        )

    def decline(self, number: int, decline: float) -> dict[str, Any]:
        """Recover a decline under both priors."""
        out: dict[str, Any] = {"patient": number, "decline": decline, "why": ""}
        table = self.scans(number, 1.0 - decline)
        try:
            for name, prior in (("default", self.prior), ("wide", self.wide)):
                found = self.fitted(table, prior, number)
                sd = float(np.sqrt(found.covariance[self.at, self.at]))
                out |= {f"{name}_log": float(found.phi[self.at]), f"{name}_sd": sd}
        except FitError as error:
            out["why"] = str(error)
        return out

    def choice(self, number: int, factor: float) -> dict[str, Any]:
        """Twice the logarithm of the ratio of marginal likelihoods, factor over none."""
        out: dict[str, Any] = {"patient": number, "factor": factor, "why": ""}
        table = self.scans(number, factor, SELECTED_ERROR)
        try:
            for_factor, for_none = (
                marginal(self.fitted(table, prior, number, SELECTED_ERROR))
                for prior in (self.prior, self.none)
            )
            out["evidence"] = for_none - for_factor
        except FitError as error:
            out["why"] = str(error)
        return out


def marginal(found: Fit) -> float:
    """−2 ln p(y) by Laplace, less n ln 2π: O + ln det(I + LᵀIL), with Ω = LLᵀ."""
    factor = np.linalg.cholesky(found.prior.covariance)
    inner = np.eye(len(factor)) + factor.T @ found.information @ factor
    return float(found.objective + np.linalg.slogdet(inner)[1])


def recovered(outcomes: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Bias and coverage by decline and prior."""
    rows = []
    for decline in DECLINES:
        fitted = [o for o in outcomes if o["decline"] == decline and not o["why"]]
        for name in ("default", "wide"):
            log = np.array([o[f"{name}_log"] for o in fitted])
            sd = np.array([o[f"{name}_sd"] for o in fitted])
            found, truth = -np.expm1(log), np.log1p(-decline)
            held = np.abs(log - truth) <= INTERVAL * sd
            n = len(fitted)
            spread = binomtest(int(held.sum()), n).proportion_ci(0.95)
            rows.append(
                {
                    "decline": decline,
                    "prior": name,
                    "fitted": n,
                    "mean": found.mean(),
                    "bias": found.mean() - decline,
                    "standard_error": found.std(ddof=1) / np.sqrt(n),
                    "mean_sd_of_log": sd.mean(),
                    "held": held.mean(),
                    "held_low": spread.low,
                    "held_high": spread.high,
                }
            )
    out = pd.DataFrame(rows)
    out["bias_in_se"] = out["bias"] / out["standard_error"]
    return out


def chosen(outcomes: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Share of patients for whom the right term was chosen."""
    rows = []
    for factor in (SELECTED_FACTOR, 1.0):
        evidence = np.array(
            [o["evidence"] for o in outcomes if o["factor"] == factor and not o["why"]]
        )
        right = evidence > 0.0 if factor < 1.0 else evidence < 0.0
        spread = binomtest(int(right.sum()), len(right)).proportion_ci(0.95)
        rows.append(
            {
                "factor": factor,
                "fitted": len(right),
                "right": right.mean(),
                "right_low": spread.low,
                "right_high": spread.high,
                "median_evidence": np.median(evidence),
            }
        )
    return pd.DataFrame(rows)


def problems(
    declines: pd.DataFrame, choices: pd.DataFrame, failed: Sequence[dict[str, Any]]
) -> list[str]:
    """What does not hold of what was asked; the wide prior is there to compare with."""
    out = [f"patient {o['patient']}: {o['why']}" for o in failed]
    low, high = COVERAGE
    for row in declines[declines["prior"] == "default"].itertuples():
        if abs(row.bias_in_se) >= MOST_BIAS:
            out.append(f"decline {row.decline:.0%}: bias is {row.bias_in_se:.2f} standard errors")
        if not low <= row.held <= high:
            out.append(f"decline {row.decline:.0%}: intervals hold {row.held:.1%}")
    for row in choices[choices["right"] < LEAST_RIGHT].itertuples():
        out.append(f"factor {row.factor}: the right term is chosen in {row.right:.1%}")
    return out


def draw(outcomes: Sequence[dict[str, Any]], choices: Sequence[dict[str, Any]], file: Path) -> None:
    """Recovered declines, and the evidence for a factor."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.5), constrained_layout=True)
    for i, decline in enumerate(DECLINES):
        found = [
            -100.0 * np.expm1(o["default_log"])
            for o in outcomes
            if o["decline"] == decline and not o["why"]
        ]
        left.hist(found, bins=25, alpha=0.5, color=f"C{i}", label=f"truth {decline:.0%}")
        left.axvline(100.0 * decline, color=f"C{i}")
    left.set_xlabel("recovered decline per cycle [%]")
    left.set_ylabel("patients")
    left.legend(frameon=False)
    for factor in (SELECTED_FACTOR, 1.0):
        found = [o["evidence"] for o in choices if o["factor"] == factor and not o["why"]]
        right.hist(found, bins=25, alpha=0.5, label=f"true factor {factor:g}")
    right.axvline(0.0, color="black", linewidth=0.8)
    right.set_xlabel("evidence for a factor, 2 ln of the ratio of marginal likelihoods")
    right.legend(frameon=False)
    figure.savefig(file, dpi=130)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write, print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="cycle_effect_fits", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("out/studies"))
    asked = parser.parse_args(arguments)
    begin = time.perf_counter()
    study, numbers = Patients(), range(asked.patients)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        declines = [
            o for d in DECLINES for o in pool.map(partial(study.decline, decline=d), numbers)
        ]
        choices = [
            o
            for f in (SELECTED_FACTOR, 1.0)
            for o in pool.map(partial(study.choice, factor=f), numbers)
        ]
    recovery, selection = recovered(declines), chosen(choices)
    wrong = problems(recovery, selection, [o for o in [*declines, *choices] if o["why"]])
    asked.out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(declines).to_csv(asked.out / "cycle_effect_fits.csv", index=False)
    found = {
        "declines": recovery.to_dict("records"),
        "selection": selection.to_dict("records"),
        "choices": choices,
        "problems": wrong,
    }
    (asked.out / "cycle_effect_fits.json").write_text(json.dumps(found, indent=1))
    draw(declines, choices, asked.out / "cycle_effect_fits.png")
    print(recovery.to_string(index=False, float_format=lambda x: f"{x:.4f}"))
    print(selection.to_string(index=False, float_format=lambda x: f"{x:.3f}"))
    print(f"{time.perf_counter() - begin:.0f} s; written to {asked.out}/cycle_effect_fits.*")
    for problem in wrong:
        print(f"NOT HELD: {problem}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

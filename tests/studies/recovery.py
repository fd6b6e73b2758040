"""Does a fit find the truth, and do its intervals hold what they promise?

200 virtual patients are drawn from the prior: kidneys, liver, spleen and three lesions, four SPECT scans in
each of two cycles, densities of kidneys and lesions varying from cycle to cycle, with errors of scans and of calibration as the fit assumes them. Each is fitted from
several starts. Asked: the 90 % intervals of kidney and tumor dose hold the truth in 84 to 95 %; no fit that says
it converged lies above the objective of the truth by more than 0.1; failures are counted and named.

    PYTHONPATH=tests python -m studies.recovery [--patients 200] [--starts 16] [--out out/studies]

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
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from lutetia.errors import FitError
from lutetia.fitting.patient_fit import fit
from lutetia.fitting.prior import Prior
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

SEED = 2026
CYCLES = 2
HOURS = (4.0, 24.0, 96.0, 168.0)
BETWEEN_CYCLES = ("kidney.receptor_density", "lesions.receptor_density")
JUDGED = ("kidney", *TUMORS)
COVERAGE = (0.84, 0.95)
MOST_ABOVE_TRUTH = 0.1  # of the objective


class Recovery:
    """Patients under one prior; everything that is the same for all of them."""

    def __init__(self, starts: int) -> None:
        self.starts = starts
        self.prior = Prior.population(
            MODEL, person(), course(CYCLES), between_cycles=BETWEEN_CYCLES
        )
        self.factor = np.linalg.cholesky(self.prior.covariance)
        self.typical = medians(CYCLES)
        self.relative, self.calibration = assumed_errors()

    def one(self, number: int) -> dict[str, Any]:
        """Draw, scan and fit a patient, who depends on his number alone."""
        rng = np.random.default_rng([SEED, number])
        phi = self.prior.mean + self.factor @ rng.standard_normal(len(self.prior.mean))
        truth = truth_of(self.prior, phi, self.typical, CYCLES, HOURS)
        off = {
            region: self.calibration["tumor" if region in TUMORS else "organ"]
            * rng.standard_normal()
            for region in REGIONS
        }
        table = scans_of(truth, CYCLES, HOURS, self.relative, off, rng)
        out: dict[str, Any] = {"patient": number}
        begin = time.perf_counter()
        try:
            found = fit(
                MODEL,
                person(),
                course(CYCLES),
                table,
                prior=self.prior,
                starts=self.starts,
                seed=number,
                threads=1,
            )
            out |= {"status": found.status, "why": "", "doses": doses(found, truth.run)}
        except FitError as error:
            return out | {"status": "failed", "why": str(error), "doses": []}
        names = dict(zip(self.prior.names, phi, strict=True)) | {
            f"calibration, {region} SPECT": value for region, value in off.items()
        }
        at_truth = found._objective.evaluate(
            found._objective.prior.whitened(np.array([names[n] for n in found.prior.names])), False
        )
        ends = [m["objective"] for m in found.minima if m["status"] == "converged"]
        return out | {
            "above_truth": found.objective - (at_truth["likelihood"] + at_truth["prior"]),
            "ends_above_best": [float(e - found.objective) for e in ends],
            "unique": found.unique,
            "runs": sum(m["evaluations"] for m in found.minima),
            "seconds": time.perf_counter() - begin,
            "z": {
                name: float((found.phi[i] - x) / np.sqrt(found.covariance[i, i]))
                for i, (name, x) in enumerate(zip(self.prior.names, phi, strict=True))
            },
        }


def doses(found: Any, run: Any) -> list[dict[str, Any]]:
    """Absorbed dose of each region and cycle: truth, estimate and interval."""
    import lutetia as lt

    table, predicted = lt.absorbed_dose(run).table, found.predict(times=[1.0]).dose
    predicted = predicted.set_index(["region", "cycle"])
    return [
        {
            "region": region,
            "cycle": cycle,
            "truth_Gy": float(table.loc[region, f"cycle_{cycle}"]),
            **predicted.loc[(region, cycle)].to_dict(),
        }
        for region in REGIONS
        for cycle in range(1, CYCLES + 1)
    ]


def run(patients: int, starts: int, workers: int | None = None) -> list[dict[str, Any]]:
    """Fit every patient; the order is that of their numbers."""
    study = Recovery(starts)
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        return list(pool.map(study.one, range(patients)))


def dose_table(outcomes: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """All doses of all patients with whether the interval holds the truth."""
    rows = [{"patient": o["patient"], **d} for o in outcomes for d in o["doses"]]
    table = pd.DataFrame(rows)
    table["held"] = (table["low_Gy"] <= table["truth_Gy"]) & (table["truth_Gy"] <= table["high_Gy"])
    table["deviation"] = table["absorbed_dose_Gy"] / table["truth_Gy"] - 1.0
    return table


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Per region and cycle, and over the tumors: share held, its Monte-Carlo interval, bias, error."""
    tumors = table[table["region"].isin(list(TUMORS))]
    groups: list[tuple[str, pd.DataFrame]] = [
        (f"{region}, cycle {cycle}", part)
        for (region, cycle), part in table.groupby(["region", "cycle"], sort=False)
    ]
    groups += [("kidney, both cycles", table[table["region"] == "kidney"])]
    groups += [("tumors, both cycles", tumors)]
    rows = []
    for name, part in groups:
        n, held = part["patient"].nunique(), part["held"].mean()
        spread = binomtest(round(held * n), n).proportion_ci(0.95)  # cycles are no new patients
        rows.append(
            {
                "of": name,
                "held": held,
                "held_low": spread.low,
                "held_high": spread.high,
                "median_deviation": part["deviation"].median(),
                "median_absolute_deviation": part["deviation"].abs().median(),
                "median_cv": part["cv"].median(),
            }
        )
    return pd.DataFrame(rows).set_index("of")


def problems(outcomes: Sequence[dict[str, Any]], covered: pd.DataFrame) -> list[str]:
    """What does not hold of what was asked."""
    out = []
    for o in outcomes:
        if o["status"] == "converged" and o["above_truth"] > MOST_ABOVE_TRUTH:
            out.append(f"patient {o['patient']} converged {o['above_truth']:.3g} above the truth")
    low, high = COVERAGE
    for name, held in covered["held"].items():
        if name.split(",")[0] in (*JUDGED, "tumors") and not low <= held <= high:
            out.append(f"{name}: intervals hold {held:.1%}, asked are {low:.0%} to {high:.0%}")
    return out


def report(outcomes: Sequence[dict[str, Any]], covered: pd.DataFrame) -> str:
    """Describe the study in a few lines."""
    fitted = [o for o in outcomes if o["status"] == "converged"]
    failed = [o for o in outcomes if o["status"] != "converged"]
    above = np.array([o["above_truth"] for o in fitted])
    ends = np.concatenate([o["ends_above_best"] for o in fitted])
    lines = [
        f"{len(outcomes)} patients, {len(fitted)} converged, {len(failed)} failed",
        *(f"  patient {o['patient']}: {o['why']}" for o in failed),
        f"objective less that of the truth: largest {above.max():.3g}, median {np.median(above):.3g}",
        f"{np.mean(ends < MOST_ABOVE_TRUTH):.1%} of the searches end at the best of their patient, "
        f"{np.mean([o['unique'] for o in fitted]):.1%} of the optima count as unique",
        f"{np.mean([o['runs'] for o in fitted]):.0f} runs and {np.median([o['seconds'] for o in fitted]):.2f} s "
        "per patient",
        "",
        covered.to_string(float_format=lambda x: f"{x:.3f}"),
    ]
    return "\n".join(lines)


def draw(table: pd.DataFrame, covered: pd.DataFrame, file: Path) -> None:
    """Estimates against truth, and what the intervals hold."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 5.0), constrained_layout=True)
    for region, part in table[table["cycle"] == 1].groupby("region", sort=False):
        left.loglog(part["truth_Gy"], part["absorbed_dose_Gy"], ".", label=str(region))
    ends = [table["truth_Gy"].min(), table["truth_Gy"].max()]
    left.loglog(ends, ends, color="black", linewidth=0.8)
    left.set_xlabel("true absorbed dose of cycle 1 [Gy]")
    left.set_ylabel("fitted absorbed dose of cycle 1 [Gy]")
    left.legend(frameon=False)
    at = np.arange(len(covered))
    error = [covered["held"] - covered["held_low"], covered["held_high"] - covered["held"]]
    right.errorbar(covered["held"], at, xerr=np.clip(error, 0.0, None), fmt="o")
    right.axvspan(*COVERAGE, alpha=0.15)
    right.set_yticks(at, covered.index)
    right.invert_yaxis()
    right.set_xlabel("share of 90 % intervals that hold the true dose")
    figure.savefig(file, dpi=130)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write, print; return the exit code."""
    parser = argparse.ArgumentParser(prog="recovery", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--starts", type=int, default=16)
    parser.add_argument("--out", type=Path, default=Path("out/studies"))
    asked = parser.parse_args(arguments)
    begin = time.perf_counter()
    outcomes = run(asked.patients, asked.starts)
    table = dose_table(outcomes)
    covered = coverage(table)
    wrong = problems(outcomes, covered)
    asked.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(asked.out / "recovery.csv", index=False)
    found = {
        "patients": outcomes,
        "coverage": covered.reset_index().to_dict("records"),
        "problems": wrong,
    }
    (asked.out / "recovery.json").write_text(json.dumps(found, indent=1))
    draw(table, covered, asked.out / "recovery.png")
    print(report(outcomes, covered))
    print(f"{time.perf_counter() - begin:.0f} s; written to {asked.out}/recovery.{{json,csv,png}}")
    for problem in wrong:
        print(f"NOT HELD: {problem}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""How long do a million virtual patients take, and how much memory?

Four cycles in the male reference patient, every parameter with a between-subject spread drawn anew, the total
absorbed dose of every region streamed into means and quantiles. 20 000 patients are measured and extrapolated;
memory is the peak of a process of its own at two sizes.

    python tests/studies/million.py [patients]

Exit code 1: a number for a patient who failed, or memory that grows. Times are reported, not judged.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import lutetia as lt

WHO = ("sstr2_whole_body", "reference_male", "netter1")
SEED = 2026
MILLION = 1_000_000
SCALING_PATIENTS = 1000
REPEATS = 5
MEMORY_GROWTH = 1.1  # allowed ratio of the peaks at the full and at a quarter of the size


def stream(patients: int, threads: int | None = None) -> lt.Cohort:
    """Run virtual patients and keep statistics."""
    return lt.simulate_many(
        *WHO,
        parameters=lt.virtual_patient_blocks(*WHO, patients, SEED),
        observe=["total_absorbed_dose"],
        reduce=["mean", "sd", "quantiles"],
        threads=threads,
    )


def measured(patients: int) -> dict[str, Any]:
    """Run in a process of its own, so that its peak of memory is that of this run."""
    out = subprocess.run(
        [sys.executable, __file__, "--one", str(patients)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(out.stdout)
    return found


def one(patients: int) -> None:
    """Print what `measured` reads."""
    start = time.perf_counter()
    cohort = stream(patients)
    kidney = cohort.data.sel(region="kidney")
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "members": cohort.size,
                "failed": cohort.failed,
                "counted": int(kidney["total_absorbed_dose_count"]),
                "kidney_mean_Gy": float(kidney["total_absorbed_dose_mean"]),
                "kidney_quantiles_Gy": kidney["total_absorbed_dose_quantile"].values.tolist(),
            }
        )
    )


def rates(threads: int) -> tuple[float, float]:
    """Patients per second of the clock and of processor time, everything included."""
    clock, processor = time.perf_counter(), time.process_time()
    stream(SCALING_PATIENTS, threads)
    return (
        SCALING_PATIENTS / (time.perf_counter() - clock),
        SCALING_PATIENTS / (time.process_time() - processor),
    )


def main(patients: int) -> int:
    """Print the report."""
    cores = os.cpu_count() or 1
    pairs = [(rates(1), rates(2)) for _ in range(REPEATS)]  # turn by turn

    def median(of: Callable[[tuple[float, float], tuple[float, float]], float]) -> float:
        return statistics.median(of(one, two) for one, two in pairs)

    print(f"medians of {REPEATS} × {SCALING_PATIENTS} patients, everything included:")
    print(f"  {median(lambda one, two: one[1]):.0f} per second of one core's processor time")
    print(f"  {median(lambda one, two: one[0]):.0f} per second of the clock with one thread")
    print(
        f"  two threads against one: {median(lambda one, two: two[0] / one[0]):.2f} times by the clock,"
    )
    print(
        f"  {median(lambda one, two: two[1] / one[1]):.2f} times per processor time (1 is no loss)"
    )
    quarter, full = measured(patients // 4), measured(patients)
    for run in (quarter, full):
        print(
            f"{run['members']:.0f} patients, {run['failed']:.0f} failed: {run['seconds']:.1f} s on {cores} cores, "
            f"peak of memory {run['peak_MB']:.0f} MB"
        )
    low, *_, high = full["kidney_quantiles_Gy"]
    print(f"kidney: mean {full['kidney_mean_Gy']:.1f} Gy, 5 to 95 %: {low:.1f} to {high:.1f} Gy")
    per_patient = (full["seconds"] - quarter["seconds"]) / (full["members"] - quarter["members"])
    print(f"a million, extrapolated: {MILLION * per_patient / 60:.1f} min on {cores} cores")
    wrong = full["counted"] != full["members"] - full["failed"]
    grows = full["peak_MB"] > MEMORY_GROWTH * quarter["peak_MB"]
    if wrong:
        print("a patient who failed is in the statistics")
    if grows:
        print("memory grows with the number of patients")
    return int(wrong or grows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))

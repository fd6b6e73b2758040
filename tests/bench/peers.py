"""How fast are other simulators on the same course?

    python -m bench.peers --results out/bench.json

Every peer integrates the reference course (4 cycles, 6 lesions, 200 outputs of 20 regions) at several
tolerances, turn by turn with this package. Times are processor times of the integration alone: reading,
compiling and collecting results are left out. Errors are those of activities, relative to the peak of
each region, and of time-integrated activities, against a run of this package at rtol 1e-11. This package
always integrates activities as well; peers do so in a second run, as further states, timed apart (column
integrals). Peers that are not there are listed with the reason. Adds to the results of the compiled benchmark
and draws peers.png beside them. Exit code 1: a ratio within this run beyond its gate.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import lutetia as lt
from bench.course import CASE, reference_course
from bench.figure import draw
from bench.gates import Gate
from bench.loading import import_seconds
from bench.solvers import PEERS, Package, Peer, Solver

COMMON_ERRORS = (1e-5, 1e-6, 2e-7)
PACKAGE = "lutetia in Python"
JUDGED = ("libRoadRunner", "COPASI LSODA")  # simulation of the same document
GATE_ERROR, GATE_RATIO = 1e-6, 15.0
HOPED_IMPORT = 0.6  # [s]


@dataclass(frozen=True)
class Measured:
    """One solver at one tolerance."""

    solver: str
    rtol: float
    median_ms: float
    min_ms: float
    max_ms: float
    peak_error: float
    cumulated_error: float
    integrals_ms: float  # with time-integrated activities as further states


def measure(peer: Peer, solver: Solver, package: Solver) -> list[Measured]:
    """Run a peer at its tolerances, turn by turn with this package at the same ones."""
    rows = []
    for rtol in peer.rtols:
        theirs, ours = [], []
        for _ in range(peer.repeats):
            ours.append(package.timed(rtol))
            theirs.append(solver.timed(rtol))
        rows.append(_row(peer.name, rtol, theirs, solver.judged(rtol)))
        print(f"  {peer.name} {rtol:.0e}: {rows[-1].median_ms:.1f} ms", flush=True)
        rows.append(_row(PACKAGE, rtol, ours, package.judged(rtol)))
    return rows


def _row(
    name: str, rtol: float, seconds: list[float], judged: tuple[float, float, float]
) -> Measured:
    ms = [1e3 * s for s in seconds]
    peak, cumulated, with_integrals = judged
    return Measured(name, rtol, median(ms), min(ms), max(ms), peak, cumulated, 1e3 * with_integrals)


KERNELS = {
    "lutetia": "lutetia",
    "cvodes": "CVODES BDF, KLU",
    "cvodes_shipped": "CVODES as shipped",
}


def kernel_rows(results: dict[str, Any]) -> list[Measured]:
    """Rows of this package's kernel and of CVODES that the compiled benchmark wrote."""
    rows = []
    for at in results["one_patient"]["equal_rtol"]:
        for key, name in KERNELS.items():
            m = at[key]
            rows.append(
                Measured(
                    name,
                    at["rtol"],
                    m["median_ms"],
                    m["min_ms"],
                    m["max_ms"],
                    m["peak_error"],
                    m["cumulated_error"],
                    m["median_ms"],  # both carry integrals in every run
                )
            )
    return rows


def merged(rows: list[Measured]) -> list[Measured]:
    """One row for each solver and tolerance: this package was measured beside every peer."""
    groups: dict[tuple[str, float], list[Measured]] = {}
    for row in rows:
        groups.setdefault((row.solver, row.rtol), []).append(row)
    return [
        Measured(
            name, rtol, median(r.median_ms for r in same), min(r.min_ms for r in same),
            max(r.max_ms for r in same), same[0].peak_error, same[0].cumulated_error,
            median(r.integrals_ms for r in same),
        )
        for (name, rtol), same in groups.items()
    ]  # fmt: skip


def time_at_error(rows: list[Measured], error: float, key: str = "median_ms") -> float:
    """Time to reach an error, log-log between the tolerances around it; nan outside [ms]."""
    rows = sorted(rows, key=lambda r: -r.rtol)
    for coarse, fine in pairwise(rows):
        if coarse.peak_error >= error >= fine.peak_error:
            share = np.log(coarse.peak_error / error) / np.log(coarse.peak_error / fine.peak_error)
            first, second = np.log(getattr(coarse, key)), np.log(getattr(fine, key))
            return float(np.exp((1 - share) * first + share * second))
    return float("nan")


def equal_error(rows: list[Measured], ours: str, key: str) -> dict[str, dict[float, float]]:
    """Time of every solver over that of `ours` at common errors of an activity."""
    of = {name: [r for r in rows if r.solver == name] for name in {r.solver: 0 for r in rows}}
    return {
        name: {e: time_at_error(r, e, key) / time_at_error(of[ours], e) for e in COMMON_ERRORS}
        for name, r in of.items()
        if name != ours
    }


Ratios = dict[str, dict[float, float]]


def report(rows: list[Measured], ratios: dict[str, Ratios], absent: dict[str, str]) -> str:
    """Everything as one text."""
    columns = ("median", "min", "max", "integrals")
    lines = [
        f"{'solver [ms]':<20}{'rtol':>7}"
        + "".join(f"{c:>11}" for c in (*columns, "of peak", "cumulated"))
    ]
    lines += [
        f"{r.solver:<20}{r.rtol:>7.0e}"
        + "".join(f"{ms:>11.2f}" for ms in (r.median_ms, r.min_ms, r.max_ms, r.integrals_ms))
        + f"{r.peak_error:>11.1e}{r.cumulated_error:>11.1e}"
        for r in rows
    ]
    for what, table in ratios.items():
        lines += ["", f"time over that of lutetia at equal error of peak, {what}"]
        lines += [f"{'':<20}" + "".join(f"{e:>10.0e}" for e in COMMON_ERRORS)]
        lines += [
            f"{name:<20}" + "".join(f"{of[e]:>10.1f}" for e in COMMON_ERRORS)
            for name, of in table.items()
        ]
    lines += [f"absent: {name}: {reason}" for name, reason in absent.items()]
    return "\n".join(lines)


def _finite(table: Ratios) -> dict[str, dict[str, float | None]]:
    return {
        name: {f"{e:g}": ratio if np.isfinite(ratio) else None for e, ratio in of.items()}
        for name, of in table.items()
    }


def gates_of(alone: Ratios, seconds: float) -> list[Gate]:
    """What is asked of this package beside its peers and in Python."""
    return [
        *(
            Gate(
                f"times faster than {name} at error {GATE_ERROR:g}",
                alone[name][GATE_ERROR],
                at_least=GATE_RATIO,
            )
            for name in JUDGED
            if name in alone
        ),
        Gate("import of the Python package [s]", seconds, at_most=HOPED_IMPORT, judged=False),
    ]


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="of the compiled benchmark")
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    course = reference_course()
    package = Package(course)
    rows, absent, versions = kernel_rows(results), {}, {"lutetia": lt.__version__}
    for peer in PEERS:
        try:
            solver = peer.make(course)
            rows += measure(peer, solver, package)
        except (ImportError, RuntimeError) as error:  # not installed, or it fails on the course
            absent[peer.name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            continue
        versions[peer.name] = solver.version
    rows = merged(rows)
    ratios = {
        "activities alone": equal_error(rows, "lutetia", "median_ms"),
        "with time-integrated activities": equal_error(rows, "lutetia", "integrals_ms"),
    }
    gates = gates_of(ratios["activities alone"], import_seconds())
    print(report(rows, ratios, absent))
    print("\nWhat is asked", *gates, sep="\n")
    results["peers"] = {
        "case": CASE,
        "versions": versions,
        "rows": [asdict(r) for r in rows],
        "equal_error": {what: _finite(table) for what, table in ratios.items()},
        "absent": absent,
    }
    results["gates"] += [gate.as_dict() for gate in gates]
    options.results.write_text(json.dumps(results, indent=1) + "\n")
    draw(rows, options.results.parent / "peers.png")
    return int(any(gate.fails for gate in gates))


if __name__ == "__main__":
    sys.exit(main())

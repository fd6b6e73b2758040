"""Tables of a plan: candidates, limits, doses, and the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.planning.candidates import Candidate
from lutetia.planning.counts import PER_LITER
from lutetia.planning.objectives import Region, lesion_doses
from lutetia.planning.questions import Question
from lutetia.planning.risk import deciding, wilson_interval
from lutetia.planning.verification import Nadir
from lutetia.planning.wording import DAYS_PER_WEEK
from lutetia.units import HOURS_PER_DAY, MBQ_PER_GBQ

Array = npt.NDArray[np.float64]

INTERVAL = (0.05, 0.95)  # quantiles of draws shown beside the median


def candidate_table(
    question: Question, candidates: Sequence[Candidate], chosen: Candidate | None
) -> pd.DataFrame:
    """All candidates, those that can be a plan first, each part by the objective."""
    table = pd.DataFrame([candidate_row(question, c, c.activities) for c in candidates])
    table["chosen"] = [chosen is not None and c.structure == chosen.structure for c in candidates]
    order = table.sort_values(["feasible", "objective"], ascending=False, kind="stable")
    return order.reset_index(drop=True)


def candidate_row(question: Question, candidate: Candidate, w: Array) -> dict[str, object]:
    """Columns of a candidate at activities w."""
    s, problem = candidate.structure, candidate.problem
    row: dict[str, object] = {
        "cycles": s.cycles,
        "interval_week": s.interval / (HOURS_PER_DAY * DAYS_PER_WEEK),
        "amount_nmol": s.amount,
        "duration": s.duration,
        "amino_acids": s.amino_acids,
        "route": s.route,
        "front_loading": s.front_loading,
        "activity_GBq": w[0] / MBQ_PER_GBQ,
        "cumulative_activity_GBq": w.sum() / MBQ_PER_GBQ,
        "weeks": s.weeks,
        "objective": problem.objective.value(problem.answer, w),
    }
    if problem.answer.lesions:
        doses = lesion_doses(problem.answer, w)[0]
        row["minimum_lesion_dose_Gy"] = doses.min()
        row["mean_lesion_dose_Gy"] = doses.mean()
    for guard in problem.guards:
        row[f"{guard.limit.label}_Gy"] = np.nanmean(guard.values(w))
    for count in problem.counts:
        row[f"{count.limit.label}_1e9_per_L"] = np.nanmean(count.values(w)) / PER_LITER
    if question.chance is not None:
        row["over_draws"] = "mean"
    row["binding"] = candidate.binding
    row["feasible"] = candidate.feasible
    row["reason"] = candidate.reason
    return row


def limit_table(
    question: Question, chosen: Candidate | None, verified: Mapping[str, float]
) -> pd.DataFrame:
    """Limits of doses of the chosen candidate: what is used, by how many draws it is exceeded."""
    rows = []
    for guard in chosen.problem.guards if chosen else ():
        assert chosen is not None
        values, label = guard.values(chosen.activities), guard.limit.label
        row: dict[str, object] = {"limit": label, "limit_Gy": guard.limit.gray}
        if question.chance is None:
            row |= {"value_Gy": values[0], "used_share": values[0] / guard.limit.gray}
        else:
            median, worst = np.nanmedian(values), deciding(values, guard.risk)
            row |= {
                "median_Gy": median,
                "quantile_Gy": worst,
                "used_share": median / guard.limit.gray,
                "quantile_used_share": worst / guard.limit.gray,
            }
        row |= {"verified_Gy": verified[label], "binding": chosen.binding == label}
        if question.chance is not None:
            row |= _violations(guard.risk, guard.violated(chosen.activities))
        rows.append(row)
    return pd.DataFrame(rows).set_index("limit") if rows else pd.DataFrame()


def count_table(
    question: Question, chosen: Candidate | None, verified: Mapping[str, Nadir]
) -> pd.DataFrame:
    """Limits of counts of the chosen candidate; counts in 1e9/L."""
    rows = []
    for guard in chosen.problem.counts if chosen else ():
        assert chosen is not None
        least, before = guard.limit.per_liter, guard.line.baseline
        values, label = guard.values(chosen.activities), guard.limit.label
        row: dict[str, object] = {"limit": label, "least": least / PER_LITER}
        if question.chance is None:
            row |= {"nadir": values[0] / PER_LITER}
            row |= {"used_share": (before - values[0]) / (before - least)}
        else:
            median, worst = np.nanmedian(values), -deciding(-values, guard.risk)
            row |= {
                "median_nadir": median / PER_LITER,
                "quantile_nadir": worst / PER_LITER,
                "used_share": (before - median) / (before - least),
                "quantile_used_share": (before - worst) / (before - least),
            }
        found = verified.get(label)
        row |= {
            "verified": np.nan if found is None else found.count / PER_LITER,
            "cycle": None if found is None else found.cycle,
            "day": np.nan if found is None else found.day,
            "grade": None if found is None else found.grade,
            "binding": chosen.binding == label,
        }
        if question.chance is not None:
            row |= _violations(guard.risk, guard.violated(chosen.activities))
        rows.append(row)
    return pd.DataFrame(rows).set_index("limit") if rows else pd.DataFrame()


ANY = "any limit"


def risk_table(candidate: Candidate) -> pd.DataFrame:
    """How many draws exceed each limit at the activities of a candidate, and any of them."""
    guards = candidate.problem.all_guards
    each = [guard.violated(candidate.activities) for guard in guards]
    rows = [
        {"limit": g.limit.label, **_violations(g.risk, found)}
        for g, found in zip(guards, each, strict=True)
    ]
    if each:
        rows.append({"limit": ANY, **_violations(np.nan, np.any(each, axis=0))})
    return pd.DataFrame(rows).set_index("limit") if rows else pd.DataFrame()


def _violations(risk: float, found: npt.NDArray[np.bool_]) -> dict[str, object]:
    n, count = len(found), int(found.sum())
    low, high = wilson_interval(count, n)
    return {
        "risk": risk,
        "violations": count,
        "draws": n,
        "violation_probability": count / n,
        "low": low,
        "high": high,
    }


def dose_table(question: Question, chosen: Candidate | None) -> pd.DataFrame:
    """Absorbed dose and BED of limited regions and lesions under the chosen candidate."""
    if chosen is None:
        return pd.DataFrame()
    w, problem = chosen.activities, chosen.problem
    regions: dict[str, Region] = {g.limit.region: g.region for g in problem.guards} | dict(
        problem.answer.lesions
    )
    rows = []
    for name, region in regions.items():
        row: dict[str, object] = {"region": name}
        for quantity, values in (("absorbed_dose", region.dose(w)), ("BED", region.bed(w))):
            if question.chance is None:
                row[f"{quantity}_Gy"] = values[0]
                continue
            low, high = np.nanquantile(values, INTERVAL)
            row[f"{quantity}_median_Gy"] = np.nanmedian(values)
            row |= {f"{quantity}_low_Gy": low, f"{quantity}_high_Gy": high}
        rows.append(row)
    return pd.DataFrame(rows).set_index("region")


def target_values(question: Question, chosen: Candidate | None) -> dict[str, float]:
    """Compute what lesions get of the dose that was wanted; see `Plan.target`."""
    if chosen is None or question.target is None:
        return {}
    problem, w, target = chosen.problem, chosen.activities, question.target
    means, names = lesion_doses(problem.answer, w)[0], question.lesions
    each = [replace(target, of=name).within(means, names) for name in names]
    out = {
        "value_Gy": problem.target_value(w),
        "least_Gy": target.gray[0],
        "most_Gy": target.gray[1],
        "lesions_within": int(np.sum(each)),
        "lesions": len(each),
    }
    if question.chance is not None:
        doses = np.array([r.dose(w) for r in problem.answer.lesions.values()])
        inside = np.asarray(target.within(doses, names))
        out["probability"] = float(inside.mean())
        out["low"], out["high"] = wilson_interval(int(inside.sum()), len(inside))
    return out


def pareto_front(
    question: Question, candidates: Sequence[Candidate], x: str, y: str, levels: int
) -> pd.DataFrame:
    """Rows at fractions of the activities of which none has less x and more y.

    Raises
    ------
    ValueError
        If a column is none or holds no numbers, or levels is below 1.
    """
    if levels < 1:
        raise ValueError(f"levels must be at least 1, found {levels}")
    rows = []
    for candidate in candidates:
        if not candidate.activities.max() > 0.0 or candidate.reason.startswith("exceeds"):
            continue
        for level in np.arange(1, levels + 1) / levels:
            rows.append(
                {
                    **candidate_row(question, candidate, level * candidate.activities),
                    "fraction": level,
                }
            )
    table = pd.DataFrame(rows)
    for name in (x, y):
        numbers = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
        if name not in numbers:
            raise ValueError(f"x and y must be columns of numbers, {numbers}, found {name!r}")
    table = table.sort_values([x, y], ascending=[True, False], kind="stable")
    best = table[y].cummax().shift(fill_value=-np.inf)
    return table[table[y] > best].reset_index(drop=True)

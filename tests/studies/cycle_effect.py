"""Is a decline from cycle to cycle recovered, told from none, and of use for the last cycle?

1. Recovery: tables of twenty patients with two lesions and three cycles; half of the patients decline by 6 %, half
   by 14 % per cycle (grades 1 and 2: Roth et al. 2022, J Nucl Med, PMC8978188). Bias and coverage of the decline of
   groups and patients, and of predictions of a fourth cycle.
2. Selection: a factor of 0.80 per cycle or none, noise of 10 %, three cycles; how often the right term is chosen, by
   number of lesions of one patient, and of patients with one lesion.
3. A table of values per cycle, if its path is given: decline of patients and group, last cycles against baselines.

    python tests/studies/cycle_effect.py [table]

Exit code 1: a bias above two Monte-Carlo standard errors, a coverage of groups or patients outside 85–95 %, or a
right choice in less than 80 % where there are three lesions or five patients.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import lutetia as lt

SEED = 2026
TABLES = 200
CHOICES = 200
DECLINES = {"G1": 6.0, "G2": 14.0}  # percent per cycle
CYCLES = 3
NOISE = 0.10  # standard deviation of ln value
BETWEEN_PATIENTS = 0.10  # of the decline's logarithm; an assumption, as are the next two
BETWEEN_LESIONS = 0.05
LEVELS = 0.5  # of the first cycle, patients and lesions each
FACTOR = 0.80
TERMS = ("none", "per_cycle_factor")
SETTINGS = (  # patients, lesions of each, noise given
    (1, 1, False), (1, 1, True), (1, 2, False), (1, 2, True), (1, 3, False), (1, 5, False), (1, 8, False),
    (3, 1, False), (5, 1, False), (10, 1, False), (20, 1, False),
)  # fmt: skip
OUT = Path("out/studies")


def simulated(
    random: np.random.Generator,
    slopes: Mapping[str, tuple[float, int]],
    lesions: int,
    between: tuple[float, float] = (0.0, 0.0),
    cycles: int = CYCLES,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Draw a table; `slopes` are ln of the factor and the number of patients by group. Also the patients' slopes."""
    rows, truth = [], {}
    for group, (slope, patients) in slopes.items():
        for number in range(patients):
            patient = f"{group}_{number}"
            truth[patient] = slope + between[0] * random.normal()
            level = 3.0 + LEVELS * random.normal()
            for lesion in range(lesions):
                first = level + LEVELS * random.normal()
                own = truth[patient] + between[1] * random.normal()
                for cycle in range(1, cycles + 1):
                    ln = first + own * (cycle - 1) + NOISE * random.normal()
                    rows.append((patient, f"lesion_{lesion}", cycle, np.exp(ln), group))
    columns = ["patient", "lesion", "cycle", "value", "group"]
    return pd.DataFrame(rows, columns=columns), truth


def recovery(tables: int) -> pd.DataFrame:
    """Bias and coverage, one row per quantity."""
    slopes = {g: (np.log1p(-d / 100), 10) for g, d in DECLINES.items()}
    found: list[dict[str, Any]] = []
    for number in range(tables):
        random = np.random.default_rng([SEED, 1, number])
        table, truth = simulated(random, slopes, 2, (BETWEEN_PATIENTS, BETWEEN_LESIONS), CYCLES + 1)
        fit = lt.fit_cycle_effect(table[table["cycle"] <= CYCLES])
        for row in fit.parameters.loc["decline_percent_per_cycle"].to_dict("records"):
            if row["lesion"]:
                continue
            known = DECLINES[row["group"]]
            if row["patient"]:
                known = -100 * np.expm1(truth[row["patient"]])
            kind = "patient" if row["patient"] else "group"
            inside = row["low_90"] <= known <= row["high_90"]
            error = row["estimate"] - known
            found.append(
                {
                    "of": f"decline of {kind} {row['group']}",
                    "number": number,
                    "error": error,
                    "inside": inside,
                }
            )
        last = table[table["cycle"] == CYCLES + 1].set_index(["patient", "lesion"])["value"]
        for patient in truth:
            guess = fit.predict(CYCLES + 1, patient).set_index(["patient", "lesion"])
            for key, row in guess.iterrows():
                inside = row["low"] <= last[key] <= row["high"]
                error = 100 * np.log(row["estimate"] / last[key])
                found.append({"of": "cycle 4", "number": number, "error": error, "inside": inside})
        for group, (slope, _) in slopes.items():
            new, _ = simulated(random, {group: (slope, 1)}, 1, (BETWEEN_PATIENTS, BETWEEN_LESIONS))
            row = fit.predict(CYCLES, group=group).iloc[0]
            inside = row["low"] <= new["value"].iloc[-1] <= row["high"]
            error = 100 * np.log(row["estimate"] / new["value"].iloc[-1])
            found.append(
                {
                    "of": "cycle 3, patient never seen",
                    "number": number,
                    "error": error,
                    "inside": inside,
                }
            )
    # Estimates of one table are not independent: standard errors are those of the means of tables.
    means = pd.DataFrame(found).groupby(["of", "number"])[["error", "inside"]].mean().groupby("of")
    out = means.mean().rename(columns={"error": "bias_percent", "inside": "coverage_90"})
    out["bias_standard_error"] = means["error"].std() / np.sqrt(tables)
    out["coverage_standard_error"] = means["inside"].std() / np.sqrt(tables)
    return out


def selection(choices: int) -> pd.DataFrame:
    """Share of right choices by truth, one row per setting."""
    rows = []
    for patients, lesions, given in SETTINGS:
        row: dict[str, Any] = {"patients": patients, "lesions": lesions, "noise_given": given}
        for truth, slope in zip(TERMS, (0.0, np.log(FACTOR)), strict=True):
            chosen = []
            for number in range(choices):
                random = np.random.default_rng([SEED, 2, patients, lesions, number])
                table, _ = simulated(random, {"all": (slope, patients)}, lesions)
                cv = float(np.sqrt(np.expm1(NOISE**2))) if given else None
                small = patients * lesions < 3  # where AICc cannot decide
                made = lt.compare_cycle_effects(table, TERMS, prediction=small, inter_cycle_cv=cv)
                chosen.append((made.choice, made.criterion))
            row[f"right_if_{truth}"] = float(np.mean([c == truth for c, _ in chosen]))
            row[f"undecided_if_{truth}"] = float(np.mean([c is None for c, _ in chosen]))
            row["criterion"] = pd.Series([c for _, c in chosen]).mode()[0]
        rows.append(row)
    return pd.DataFrame(rows)


def of_table(path: str) -> dict[str, Any]:
    """Fit, compare and score a table of values per cycle."""
    fit = lt.fit_cycle_effect(path)
    declines = fit.parameters.loc[["decline_percent_per_cycle"]]
    compared = lt.compare_cycle_effects(path)
    scores = {
        term: lt.score_last_cycle(path, term)
        for term in ("none", "after_first", "per_cycle_factor")
    }
    print(fit.summary())
    print(
        declines[["group", "patient", "lesion", "estimate", "low_90", "high_90"]]
        .round(1)
        .to_string(index=False)
    )
    print(compared.summary())
    for term, score in scores.items():
        print(f"{term}: {score.summary()}")
    return {
        "declines": declines.reset_index().to_dict("records"),
        "comparison": compared.table.astype({"deviations": str}).reset_index().to_dict("records"),
        "choice": compared.choice,
        "last_cycle": {
            term: score.table.reset_index().to_dict("records") for term, score in scores.items()
        },
        "predictions": scores["per_cycle_factor"].predictions.to_dict("records"),
    }


def problems(recovered: pd.DataFrame, selected: pd.DataFrame) -> list[str]:
    """Say what is not as it should be."""
    out = []
    for name, row in recovered.iterrows():
        if (
            str(name).startswith("decline of group")
            and not abs(row["bias_percent"]) < 2 * row["bias_standard_error"]
        ):
            out.append(f"{name}: bias {row['bias_percent']:.2f} is above two standard errors")
        if str(name).startswith("decline") and not 0.85 <= row["coverage_90"] <= 0.95:
            out.append(f"{name}: coverage {row['coverage_90']:.3f} is not within 85–95 %")
    for row in selected.to_dict("records"):
        if row["lesions"] < 3 and row["patients"] < 5:
            continue
        for truth in TERMS:
            if not row[f"right_if_{truth}"] >= 0.80:
                who = f"{row['patients']} patients with {row['lesions']} lesions"
                out.append(f"{who}: {truth} is chosen rightly in {row[f'right_if_{truth}']:.0%}")
    return out


def figure(
    recovered: pd.DataFrame, selected: pd.DataFrame, data: dict[str, Any] | None, path: Path
) -> None:
    """Draw coverage, selection and, for a table, declines of patients."""
    fig, axes = plt.subplots(
        1, 3 if data else 2, figsize=(15 if data else 10, 4.2), layout="constrained"
    )
    y = np.arange(len(recovered))
    axes[0].axvspan(85, 95, color="0.5", alpha=0.15, lw=0)
    errors = 200 * recovered["coverage_standard_error"]
    axes[0].errorbar(100 * recovered["coverage_90"], y, xerr=errors, fmt="o", color="#0072B2")
    axes[0].set_yticks(y, recovered.index)
    axes[0].set(
        xlabel="coverage of 90 % intervals [%] (± 2 standard errors)",
        title="recovery",
        xlim=(75, 100),
    )
    x = np.arange(len(selected))
    for shift, truth, color in ((-0.2, TERMS[0], "#7F8FA6"), (0.2, TERMS[1], "#0072B2")):
        axes[1].bar(
            x + shift,
            100 * selected[f"right_if_{truth}"],
            0.38,
            color=color,
            label=f"truth: {truth}",
        )
    names = [
        f"{r.patients} × {r.lesions}{'*' if r.noise_given else ''}" for r in selected.itertuples()
    ]
    axes[1].set_xticks(x, names, rotation=60)
    axes[1].axhline(80, color="0.4", lw=0.8, ls=":")
    axes[1].set(
        xlabel="patients × lesions (*: noise given)",
        ylabel="right term chosen [%]",
        title="selection",
        ylim=(0, 118),
    )
    axes[1].legend(frameon=False, fontsize="small", loc="upper left", ncols=2)
    if data:
        shown = pd.DataFrame(data["declines"])
        shown = shown[shown["lesion"] == ""]
        y = np.arange(len(shown))
        ends = [shown["estimate"] - shown["low_90"], shown["high_90"] - shown["estimate"]]
        colors = np.where(shown["patient"] == "", "#D55E00", "#0072B2")
        for k in range(len(shown)):
            axes[2].errorbar(
                shown["estimate"].iloc[k],
                y[k],
                xerr=[[e.iloc[k]] for e in ends],
                fmt="o",
                color=colors[k],
            )
        labels = [
            p or f"mean {g}".strip() for p, g in zip(shown["patient"], shown["group"], strict=True)
        ]
        axes[2].set_yticks(y, labels)
        axes[2].axvline(0, color="0.4", lw=0.8, ls=":")
        axes[2].invert_yaxis()
        axes[2].set(
            xlabel="decline per cycle [%], 90 % interval", ylabel="patient", title="the given table"
        )
    fig.savefig(path, dpi=150)
    plt.close(fig)


def main(table: str | None = None) -> int:
    """Print the report and write it to `OUT`."""
    OUT.mkdir(parents=True, exist_ok=True)
    recovered = recovery(TABLES)
    print(f"recovery from {TABLES} tables of 20 patients:\n{recovered.round(3).to_string()}\n")
    selected = selection(CHOICES)
    print(f"right choices among {CHOICES} tables:\n{selected.round(3).to_string(index=False)}\n")
    data = of_table(table) if table else None
    if data is None:
        print("no table of values per cycle was given (make studies DATA=path), so none was fitted")
    wrong = problems(recovered, selected)
    print("\n".join(wrong) or "as it should be")
    results = {
        "recovery": recovered.reset_index().to_dict("records"),
        "selection": selected.to_dict("records"),
    }
    text = json.dumps({**results, "table": data, "problems": wrong}, indent=1, default=float)
    (OUT / "cycle_effect.json").write_text(text.replace("NaN", "null") + "\n")
    parts = [recovered.reset_index().assign(part="recovery"), selected.assign(part="selection")]
    if data:
        parts.append(pd.DataFrame(data["declines"]).assign(part="table"))
    pd.concat(parts).set_index("part").to_csv(OUT / "cycle_effect.csv")
    figure(recovered, selected, data, OUT / "cycle_effect.png")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))

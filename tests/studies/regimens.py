"""Which doses do the named regimens give, and how do they compare with what was measured?

The male reference patient and 500 virtual patients (every parameter with a published spread drawn anew) under every
therapeutic regimen of the library: absorbed dose and BED of kidneys, marrow, liver, spleen and tumor, the share of
limits they use, and published ranges beside them. What lies outside is marked, not explained away.

    PYTHONPATH=tests python -m studies.regimens [--out out/studies] [--update]

Writes regimen_doses.md and tables. With --update, also notebooks/regimen_doses.md, the page the documentation shows.
Exit code 1: a simulation failed, or the page of the documentation no longer says what was found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import lutetia as lt
from lutetia.comparing.tables import totals_of
from lutetia.documentation.blocks import Heading, Paragraph, Table
from lutetia.documentation.markdown import markdown
from lutetia.result import RESEARCH_ONLY

MODEL, PATIENT, TUMOR = "sstr2_whole_body", "reference_male", "tumor"
SEED, PATIENTS = 2026, 500
PAGE = Path(__file__).parents[2] / "notebooks" / "regimen_doses.md"
LUTETIUM = (
    *("netter1", "reduced_3p7", "five_by_5p5", "seven_by_3p7", "seven_by_7p5"),
    *("five_weekly", "eight_weekly_five", "ten_weekly_five", "front_loaded", "r_prrt", "rr_prrt"),
)
YTTRIUM = ("y90_dotatoc_4p4",)
ALPHA = ("ac225_dotatate", "pb212_dotamtate")
REGIONS = ("kidney", "red_marrow", "liver", "spleen", TUMOR)
LIMITS = {"kidney": "23 Gy", "kidney BED": "40 Gy", "red_marrow": "2 Gy"}

# Means of centers or ranges of reviews [Gy/GBq].
PUBLISHED = {
    "177Lu-DOTATATE": {
        "kidney": (
            0.38,
            0.66,
            "means of six centers, Willowson 2018 to Bodei 2025; reviews quote 0.9–1",
        ),
        "red_marrow": (0.02, 0.08, "reviews: Hope 2022, Panzuto 2024, Hoogenkamp 2024"),
        "liver": (0.27, 0.54, "means of two centers: Gupta 2013, Santoro 2018"),
        "spleen": (0.61, 1.17, "means of two centers: Santoro 2018, Gupta 2013"),
        TUMOR: (
            3.4,
            10.0,
            "reviews: Hope 2022, Panzuto 2024, Hoogenkamp 2024; tumors chosen for dosimetry",
        ),
    },
    "90Y-DOTATOC": {
        "kidney": (1.7, 6.1, "reviews: Hope 2022, Panzuto 2024, Hoogenkamp 2024"),
        "red_marrow": (0.03, 0.17, "reviews: Hope 2022, Panzuto 2024, Hoogenkamp 2024"),
        TUMOR: (2.0, 16.0, "reviews: Hope 2022, Panzuto 2024, Hoogenkamp 2024"),
    },
}


@dataclass(frozen=True)
class Measured:
    """Something measured in patients under a course, and the band in which a simulation agrees."""

    what: str
    regimen: str
    expected: str
    low: float
    high: float
    source: str


MEASURED = (
    Measured("kidney, mean [Gy]", "netter1", "19.4", 11.8, 26.6, "Bodei 2025, NETTER-1 substudy, n = 20"),
    Measured("kidney, mean [Gy/GBq]", "netter1", "0.38 ± 0.19", 0.28, 0.60, "Willowson 2018, n = 18"),
    Measured("kidney, CV [%]", "netter1", "50", 25.0, 60.0, "Willowson 2018, n = 18"),
    Measured("kidney, mean of six cycles [Gy]", "r_prrt", "23.8 (44 GBq)", 17.0, 31.0, "Rudisile 2019, n = 35"),
    Measured("marrow, mean of cycle 1 [Gy]", "netter1", "0.20 (0.11–0.37)", 0.11, 0.37, "Svensson 2016, n = 46"),
    Measured("tumor, median of cycle 1 [Gy]", "netter1", "34.1 (13–62)", 13.0, 62.0, "Jahn 2020, n = 13"),
)  # fmt: skip


def comparison(regimens: Sequence[str], patients: int = 0) -> lt.Comparison:
    """Compare regimens in the reference patient, and in virtual patients if any."""
    modules = ["free_daughters"] if set(regimens) <= set(ALPHA) else []
    who = (MODEL, PATIENT, "netter1")
    draws = lt.virtual_patients(*who, n=patients, seed=SEED) if patients else None
    return lt.compare(MODEL, PATIENT, regimens, draws=draws, limits=LIMITS, modules=modules)


def label_of(regimen: str) -> str:
    """Radiopharmaceutical of a regimen."""
    return "90Y-DOTATOC" if regimen in YTTRIUM else "177Lu-DOTATATE"


def judged(value: float, regimen: str, region: str) -> str:
    """Write a dose per activity, marked when it is outside the published range."""
    low, high, _ = PUBLISHED[label_of(regimen)].get(region, (-np.inf, np.inf, ""))
    mark = " below" if value < low else " above" if value > high else ""
    return f"{value:.3g}{mark}"


def reference_table(found: lt.Comparison) -> pd.DataFrame:
    """Doses of the reference patient."""
    rows = []
    for regimen, course in found.courses.iterrows():
        doses = found.doses.loc[regimen]
        dose, bed = doses["absorbed_dose_Gy"], doses["BED_Gy"]
        rows.append(
            {
                "regimen": regimen,
                "GBq": f"{course['activity_GBq']:.3g}",
                "cycles": f"{course['cycles']:.0f}",
                "weeks": f"{course['weeks']:.0f}",
                **{f"{r} [Gy]": f"{dose[r]:.3g}" for r in REGIONS},
                "kidney BED [Gy]": f"{bed['kidney']:.3g}",
                f"{TUMOR} BED [Gy]": f"{bed[TUMOR]:.3g}",
            }
        )
    return pd.DataFrame(rows)


def alpha_table(found: lt.Comparison) -> pd.DataFrame:
    """Doses of alpha emitters in the reference patient and, median and 5 to 95 %, in virtual patients."""
    rows = []
    for regimen, course in found.courses.iterrows():
        doses = found.doses.loc[regimen]
        row = {"regimen": regimen, "MBq": f"{1e3 * course['activity_GBq']:.4g}"}
        for region in REGIONS:
            low, median, high = (
                doses.loc[region, f"absorbed_dose_{q}_Gy"] for q in ("low", "median", "high")
            )
            row[f"{region} [Gy]"] = (
                f"{doses.loc[region, 'absorbed_dose_Gy']:.3g}; {median:.3g} ({low:.3g}–{high:.3g})"
            )
        rows.append(row)
    return pd.DataFrame(rows)


def per_activity_table(found: lt.Comparison) -> pd.DataFrame:
    """Dose per activity of the reference patient, marked by the published ranges."""
    rows = [
        {"regimen": regimen}
        | {r: judged(found.doses.loc[(regimen, r), "Gy_per_GBq"], str(regimen), r) for r in REGIONS}
        for regimen in found.regimens
    ]
    return pd.DataFrame([*_ranges(), *rows])


def cohort_table(found: lt.Comparison) -> pd.DataFrame:
    """Dose per activity of the virtual patients: median, marked, and 5 to 95 %."""
    rows = []
    for regimen, given in found.courses["activity_GBq"].items():
        row = {"regimen": str(regimen)}
        for region in REGIONS:
            doses = found.doses.loc[(regimen, region)] / given
            low, median, high = (doses[f"absorbed_dose_{q}_Gy"] for q in ("low", "median", "high"))
            row[region] = f"{judged(median, str(regimen), region)} ({low:.3g}–{high:.3g})"
        rows.append(row)
    return pd.DataFrame([*_ranges(), *rows])


def _ranges() -> Iterator[dict[str, str]]:
    for label, ranges in PUBLISHED.items():
        shown = {r: f"{ranges[r][0]:g}–{ranges[r][1]:g}" if r in ranges else "" for r in REGIONS}
        yield {"regimen": f"published, {label}", **shown}


def limit_table(found: lt.Comparison) -> pd.DataFrame:
    """Share of each limit used by the reference patient, and of virtual patients above it."""
    rows = []
    for regimen in found.regimens:
        row = {"regimen": regimen}
        for limit in found._limits:
            known = found.limits.loc[(regimen, limit.label)]
            name = f"{limit.label}, {limit.gray:g} Gy"
            row[f"{name}: used"] = f"{known['used_share']:.0%}"
            low, share, high = (known[f"violation_{w}"] for w in ("low", "share", "high"))
            row[f"{name}: above"] = f"{share:.1%} ({low:.1%}–{high:.1%})"
        rows.append(row)
    return pd.DataFrame(rows)


def obtained(found: lt.Comparison) -> Mapping[str, float]:
    """What the virtual patients show of `MEASURED`, by its name."""
    standard = totals_of(found.members, "absorbed_dose", "netter1")["kidney"]
    given = found.courses["activity_GBq"]
    cycle = found.members.data["absorbed_dose"].sel(cycle=1)
    first = cycle[(cycle["regimen"].values == "netter1") & (cycle["status"].values == "ok")]
    return {
        "kidney, mean [Gy]": standard.mean(),
        "kidney, mean [Gy/GBq]": standard.mean() / given["netter1"],
        "kidney, CV [%]": 100 * standard.std() / standard.mean(),
        "kidney, mean of six cycles [Gy]": totals_of(found.members, "absorbed_dose", "r_prrt")[
            "kidney"
        ].mean(),
        "marrow, mean of cycle 1 [Gy]": float(first.sel(region="red_marrow").mean()),
        "tumor, median of cycle 1 [Gy]": float(first.sel(region=TUMOR).median()),
    }


def measured_table(found: lt.Comparison) -> pd.DataFrame:
    """Measurements of courses beside the virtual patients."""
    values = obtained(found)
    rows = [
        (
            m.what,
            m.regimen,
            m.expected,
            f"{m.low:g}–{m.high:g}",
            f"{values[m.what]:.3g}",
            "pass" if m.low <= values[m.what] <= m.high else "FAIL",
            m.source,
        )
        for m in MEASURED
    ]
    columns = ["quantity", "regimen", "measured", "band", "simulated", "result", "source"]
    return pd.DataFrame(rows, columns=columns)


def verdict(found: lt.Comparison) -> str:
    """Count what lies outside the published ranges."""
    cells = per_activity_table(found).iloc[len(PUBLISHED) :][list(REGIONS)].to_numpy().ravel()
    outside = [cell for cell in cells if cell.endswith(("below", "above"))]
    failed = (measured_table(found)["result"] == "FAIL").sum()
    return (
        f"Of {len(cells)} doses per activity of the reference patient {len(outside)} lie outside the published "
        f"range; of {len(MEASURED)} measurements of courses {failed} fail in the virtual patients."
    )


def page(found: lt.Comparison, alpha: lt.Comparison) -> str:
    """The page as Markdown."""
    members = found.members
    assert members is not None
    sources = [
        (label, region, f"{low:g}–{high:g}", source)
        for label, ranges in PUBLISHED.items()
        for region, (low, high, source) in ranges.items()
    ]
    ranges = pd.DataFrame(sources, columns=["label", "region", "Gy/GBq", "published as"])
    rows = members.size // len(found.regimens)
    return markdown(
        [
            Heading(1, "Doses of the named regimens"),
            Paragraph((RESEARCH_ONLY,), emphasized=True),
            Paragraph(
                (
                    f"Default model, `{PATIENT}` (one lesion of 50 mL) and {rows} virtual patients (seed {SEED}, "
                    f"{members.failed} of {members.size} runs failed) under every therapeutic regimen of the "
                    f"library. Written by `make studies` (`tests/studies/regimens.py --update`). {verdict(found)} "
                    "Courses differ little per activity: the peptide amount of a cycle is the same in all, "
                    "cycles do not overlap, and no cycle effect is switched on.",
                )
            ),
            Heading(2, "Reference patient"),
            Table(reference_table(found)),
            Heading(2, "Reference patient, per activity [Gy/GBq]"),
            Paragraph(("Outside the published range is marked `below` or `above`.",)),
            Table(per_activity_table(found)),
            Heading(2, "Virtual patients, per activity [Gy/GBq]"),
            Paragraph(("Median, marked as above, and 5 to 95 % of the patients.",)),
            Table(cohort_table(found)),
            Heading(2, "Alpha emitters"),
            Paragraph(
                (
                    "Absorbed dose of the reference patient; median and 5 to 95 % of the virtual patients. Free daughters "
                    "follow assumed kinetics (module `free_daughters`). No published organ doses were found to compare with.",
                )
            ),
            Table(alpha_table(alpha)),
            Heading(2, "Limits"),
            Paragraph(
                (
                    "Share of the limit the reference patient uses, and share of the virtual patients above it "
                    "(95 % interval after Wilson). Limits come from external beams; α/β and repair are assumed.",
                )
            ),
            Table(limit_table(found)),
            Heading(2, "Courses as measured"),
            Table(measured_table(found)),
            Heading(2, "Published ranges"),
            Table(ranges),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write and compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/studies"))
    parser.add_argument("--update", action="store_true", help="write the page of the documentation")
    options = parser.parse_args(arguments)
    found = comparison([*LUTETIUM, *YTTRIUM], PATIENTS)
    text = page(found, comparison(ALPHA, PATIENTS))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "regimen_doses.md").write_text(text, encoding="utf-8")
    found.doses.to_csv(options.out / "regimen_doses.csv", float_format="%.6g")
    found.report(options.out / "regimen_doses.html")
    print(text)
    if options.update:
        PAGE.write_text(text, encoding="utf-8")
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
    if not same:
        print(f"{PAGE} says something else: run again with --update and look at the difference")
    return 0 if same and found.members is not None and not found.members.failed else 1


if __name__ == "__main__":
    sys.exit(main())

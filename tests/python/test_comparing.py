"""Regimens side by side: doses, limits, draws, cohorts, figures, and what the numbers rest on."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.comparing.limits import violation

MODEL = "sstr2_whole_body"
AFTER_THE_LAST = (
    6 + 3.5 / 168
)  # weeks of a run after its last cycle begins: amino acids end 3.5 h later
LIMITS = {"kidney": "23 Gy", "kidney BED": "40 Gy", "red_marrow": "2 Gy"}


@pytest.fixture(scope="module")
def comparison(reference: lt.Patient) -> lt.Comparison:
    return lt.compare(MODEL, reference, ["netter1", "r_prrt", "five_weekly"], limits=LIMITS)


@pytest.fixture(scope="module")
def drawn(reference: lt.Patient) -> lt.Comparison:
    draws = lt.virtual_patients(MODEL, reference, "netter1", n=40, seed=3)
    return lt.compare(MODEL, reference, ["netter1", "reduced_3p7"], draws=draws, limits=LIMITS)


def test_courses_say_what_is_given(comparison):
    expected = {
        "netter1": (29.6, 4, 24),
        "r_prrt": (44.4, 6, 103 + 8),
        "five_weekly": (27.5, 5, 20),
    }
    for name, row in expected.items():
        assert comparison.courses.loc[name].tolist() == pytest.approx(row, rel=1e-12)


def test_doses_are_those_of_each_regimen_alone(comparison, course):
    alone = lt.absorbed_dose(course).table
    table = comparison.doses.loc["netter1"]
    # The integral of the dose rate and the dose of the integrated activity: two ways, 1e-8 apart at most.
    assert table["absorbed_dose_Gy"].to_dict() == pytest.approx(alone["total"].to_dict(), rel=1e-8)
    assert table.loc["tumor", "Gy_per_GBq"] == table.loc["tumor", "absorbed_dose_Gy"] / 29.6
    assert comparison.table.loc["netter1", "kidney_Gy"] == table.loc["kidney", "absorbed_dose_Gy"]
    bed = lt.biologically_effective_dose(course).table["BED_Gy"]
    assert table["BED_Gy"].to_dict() == bed.to_dict()


def test_limits_tell_the_share_used(comparison):
    row = comparison.limits.loc[("r_prrt", "kidney absorbed dose")]
    dose = comparison.doses.loc[("r_prrt", "kidney"), "absorbed_dose_Gy"]
    assert row["used_share"] == dose / 23.0
    assert row["used_share"] > 1.0 > comparison.limits.loc[("netter1", row.name[1]), "used_share"]
    assert "violation_share" not in comparison.limits


def test_a_limit_that_says_where_it_comes_from_is_among_the_assumptions(reference):
    limit = lt.Limit("kidney", "40 Gy", "BED", source="netter1, hope22", tag="S")
    found = lt.compare(MODEL, reference, ["netter1"], limits=[limit])
    rows = found.assumptions.set_index("name")
    assert rows.loc["limit kidney BED", ["value", "unit", "tag"]].tolist() == [40.0, "Gy", "S"]
    assert {"netter1", "hope22"} <= set(found.sources["key"])
    bed = found.doses.loc[("netter1", "kidney"), "BED_Gy"]
    assert found.limits["used_share"].tolist() == [bed / 40.0]


def test_draws_give_spread_and_violations(drawn):
    assert drawn.members.size == 80
    totals = drawn.members.data["absorbed_dose"].sum("cycle", skipna=False).sel(region="kidney")
    full = totals[totals["regimen"] == "netter1"].values
    row = drawn.limits.loc[("netter1", "kidney absorbed dose")]
    assert row["violation_share"] == np.mean(full > 23.0)
    assert 0.0 < row["violation_share"] < 1.0
    assert row["violation_low"] < row["violation_share"] < row["violation_high"]
    doses = drawn.doses.loc[("netter1", "kidney")]
    expected = np.quantile(full, [0.05, 0.5, 0.95])
    found = [doses[f"absorbed_dose_{which}_Gy"] for which in ("low", "median", "high")]
    assert found == pytest.approx(expected, rel=1e-14)
    assert doses["BED_median_Gy"] > doses["absorbed_dose_median_Gy"]


def test_violations_have_wilsons_interval():
    """The formula as printed (Wilson 1927): center and half width from share, size and z."""
    z, n, p = 1.959963984540054, 50, 0.12
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    doses = np.concatenate([np.full(6, 25.0), np.full(44, 20.0), [np.nan]])
    assert violation(doses, 23.0) == pytest.approx((p, center - half, center + half), rel=1e-12)
    assert all(math.isnan(x) for x in violation(np.array([np.nan]), 23.0))


def test_a_draw_that_fails_is_counted_and_in_no_statistic(reference):
    draws = {"gfr [mL/min]": [60.0, 100.0, 1e6]}
    found = lt.compare(MODEL, reference, ["netter1"], draws=draws, limits={"kidney": "20 Gy"})
    assert found.members.failed == 1
    assert "1 of 3 members failed and are in no statistic" in found.summary()
    assert found.limits["violation_share"].tolist() == [0.5]


def test_a_cohort_has_medians_and_no_patient_of_its_own():
    cohort = lt.compare(MODEL, "k16_cohort", ["netter1", "reduced_3p7"], limits=LIMITS)
    many = lt.simulate_many(MODEL, "k16_cohort", "netter1", observe=["total_absorbed_dose"])
    kidney = many.data["total_absorbed_dose"].sel(region="kidney").values
    row = cohort.doses.loc[("netter1", "kidney")]
    assert row["absorbed_dose_median_Gy"] == np.median(kidney)
    assert row["Gy_per_GBq"] == pytest.approx(np.median(kidney) / 29.6, rel=1e-14)
    assert "absorbed_dose_Gy" not in cohort.doses
    assert len(cohort.patients) == 8
    with pytest.raises(ValueError, match="lines need a single patient; plot_members shows several"):
        cohort.plot_regions()


def test_patients_with_other_lesions_are_compared_by_those_who_have_them():
    def person(name, lesion):
        return lt.Patient(
            sex="male",
            weight="71 kg",
            height="175 cm",
            gfr="100 mL/min",
            lesions=[lt.Lesion(lesion, volume="20 mL")],
            name=name,
        )

    both = [person("a", "node_1"), person("b", "bone_1")]
    found = lt.compare(MODEL, both, ["netter1"], limits={"bone_1": "30 Gy"})
    alone = lt.compare(MODEL, both[1], ["netter1"], limits={"bone_1": "30 Gy"})
    assert found.lesions == ["node_1", "bone_1"]
    dose = alone.doses.loc[("netter1", "bone_1"), "absorbed_dose_Gy"]
    # Four members share steps at rtol 1e-4, a patient alone has 1e-6.
    assert found.doses.loc[("netter1", "bone_1"), "absorbed_dose_median_Gy"] == pytest.approx(
        dose, 1e-3
    )
    assert found.limits["violation_share"].tolist() == [1.0 if dose > 30.0 else 0.0]


def test_names_are_those_given(reference):
    cycle = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
    )
    found = lt.compare(MODEL, reference, {"unprotected": cycle, "standard": "netter1"})
    assert found.table.index.tolist() == ["unprotected", "standard"]
    assert found.courses.loc["unprotected"].tolist() == [7.4, 1, 0]
    assert any("no amino acid is given" in warning for warning in found.warnings())


def test_what_cannot_be_compared_is_refused(reference):
    def refused(match, patients=reference, regimens=("netter1",), **keys):
        with pytest.raises(ValueError, match=match):
            lt.compare(MODEL, patients, regimens, **keys)

    refused("names of regimens must differ, found netter1 twice; give", regimens=["netter1"] * 2)
    refused("names of patients must differ, found reference_male", patients=[reference, reference])
    refused("regimens must be a list or a mapping, found 'netter1'", regimens="netter1")
    refused("at least one regimen, found none", regimens=[])
    refused("at least one patient, found none", patients=[])
    refused("no region of the model: found 'kidneys'", limits={"kidneys": "23 Gy"})
    refused("limit of kidney must be positive, found 0.0", limits={"kidney": 0.0})
    refused(
        "a limit of kidney must be of one of absorbed_dose, BED, found 'EQD2'",
        limits={"kidney EQD2": 30},
    )
    with pytest.raises(lt.UnitError, match="limit of kidney"):
        lt.compare(MODEL, reference, ["netter1"], limits={"kidney": "23 GBq"})


def test_figures_show_what_the_tables_say(comparison, drawn):
    ax = comparison.plot_limits()
    bars = sorted(patch.get_width() for patch in ax.patches)
    assert bars == pytest.approx(sorted(100 * comparison.limits["used_share"]), rel=1e-12)
    ax = comparison.plot_regions(quantity="BED")
    assert ax.get_ylabel() == "cumulative BED [Gy]"
    for line in ax.lines:
        weeks, collected = line.get_data()
        regimen = line.get_label()
        last = comparison.effective_doses[regimen].at([float("inf")])["BED"].sel(region="tumor")
        tail = 1e-2  # of the dose, after six weeks
        assert last.item() * (1 - tail) < collected[-1] <= last.item()
        assert np.all(np.diff(collected) >= 0.0)
        weeks_of = comparison.courses.loc[regimen, "weeks"] + AFTER_THE_LAST
        assert weeks[-1] == pytest.approx(weeks_of, rel=1e-12)
    ax = drawn.plot_members("kidney")
    medians = {line.get_label(): line.get_ydata()[-1] for line in ax.lines[:2]}
    expected = drawn.doses["absorbed_dose_median_Gy"].xs("kidney", level="region")
    assert medians == pytest.approx(expected.to_dict(), rel=1e-12)
    assert ax.lines[0].get_xdata().tolist() == pytest.approx(
        [0, 8, 16, 24, 24 + AFTER_THE_LAST], rel=1e-12
    )
    assert ax.lines[2].get_ydata()[0] == 23.0  # the limit
    plt.close("all")


def test_figures_refuse_what_is_not_there(comparison, reference):
    bare = lt.compare(MODEL, reference, ["reduced_3p7"])
    with pytest.raises(ValueError, match="the comparison has no limits; pass limits= to compare"):
        bare.plot_limits()
    with pytest.raises(ValueError, match="bands need draws or several patients; pass draws="):
        comparison.plot_members("kidney")
    with pytest.raises(
        ValueError, match="quantity must be one of absorbed_dose, BED, found 'EQD2'"
    ):
        comparison.plot_regions(quantity="EQD2")
    with pytest.raises(ValueError, match=r"unknown regions \['tumour'\]; one of"):
        comparison.plot_regions(["tumour"])


def test_a_comparison_says_what_it_is(comparison, drawn):
    assert repr(comparison) == "<Comparison of netter1, r_prrt, five_weekly in reference_male>"
    assert "Research use only" in comparison._repr_html_()
    text = drawn.summary()
    assert text.endswith("Research use only, not for patient treatment.")
    assert "2 regimens in reference_male, 80 members" in text
    assert isinstance(comparison.table, pd.DataFrame)


def test_limits_may_be_those_of_a_file(reference):
    found = lt.compare(MODEL, reference, ["netter1"], limits="kidney_23_gy")
    assert "kidney absorbed dose" in found.limits.index.get_level_values("limit")

"""Regimens side by side: doses, limits, draws, cohorts, figures, and what the numbers rest on."""

import html
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.comparing.figures import plot_lesions
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


def test_lesions_have_axes_of_their_own_and_one_legend():
    found = lt.compare(MODEL, "reference_male_six_lesions", ["reduced_3p7"])
    figure = plot_lesions(found, found.lesions[:4])
    assert [ax.get_title() for ax in figure.axes] == ["liver 1", "liver 2", "liver 3", "node 1"]
    assert [ax.get_legend() is not None for ax in figure.axes] == [False, False, True, False]
    for ax, lesion in zip(figure.axes, found.lesions, strict=False):
        (line,) = ax.lines
        dose = found.doses.loc[("reduced_3p7", lesion), "absorbed_dose_Gy"]
        assert dose * (1 - 1e-2) < line.get_ydata()[-1] <= dose  # but the tail
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


# --- policies ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adapted() -> lt.Comparison:
    people = [p for p in lt.read_patients("k16_cohort") if p.name in ("k16_1", "k16_3")]
    policies = ["netter1", lt.policy("kidney_23_gy"), "lesion_80_120_gy"]
    return lt.compare(MODEL, people, policies, limits={"kidney": "23 Gy", "kidney BED": "40 Gy"})


def test_a_policy_is_adapted_to_each_patient(adapted):
    assert list(adapted.regimens) == ["netter1", "kidney_23_gy", "lesion_80_120_gy"]
    for patient in lt.read_patients("k16_cohort"):
        if patient.name in adapted.patients:
            alone = lt.policy("kidney_23_gy").regimen(MODEL, patient)
            found = adapted.given[patient.name, "kidney_23_gy"]
            assert found.administrations == alone.administrations
    counts = {who: len(adapted.given[who, "kidney_23_gy"]) for who in adapted.patients}
    assert len(set(counts.values())) == 2  # else nothing was adapted
    row = adapted.courses.loc["kidney_23_gy"]
    assert row["cycles"] == np.median(list(counts.values()))
    assert row["activity_GBq"] == pytest.approx(7.4 * row["cycles"], rel=1e-12)
    assert adapted.limits.loc[("kidney_23_gy", "kidney absorbed dose"), "violation_share"] == 0.0


def test_doses_per_activity_are_by_what_each_patient_got(adapted):
    members = adapted.members.data
    totals = members["absorbed_dose"].sum("cycle").sel(region="kidney").to_series()
    of = members["regimen"].values == "kidney_23_gy"
    got = [
        7.4 * len(adapted.given[str(who), "kidney_23_gy"]) for who in members["patient"].values[of]
    ]
    expected = np.median(totals[of] / got)
    found = adapted.doses.loc[("kidney_23_gy", "kidney"), "Gy_per_GBq"]
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_policy_that_is_not_possible_for_a_patient_says_why(adapted):
    (k16_3,) = [p for p in lt.read_patients("k16_cohort") if p.name == "k16_3"]
    with pytest.raises(lt.PlanError) as error:
        lt.policy("lesion_80_120_gy").regimen(MODEL, k16_3)
    assert adapted.impossible["reason"].to_dict() == {
        ("k16_3", "lesion_80_120_gy"): str(error.value)
    }
    assert adapted.courses["possible"].to_dict() == {
        "netter1": 2,
        "kidney_23_gy": 2,
        "lesion_80_120_gy": 1,
    }
    assert adapted.table.loc["lesion_80_120_gy", "status"] == "1 of 2 patients"
    assert f"not possible: lesion_80_120_gy for k16_3: {error.value}" in adapted.summary()
    assert adapted.members.size == 5
    for ax in (adapted.plot_limits(), adapted.plot_members("kidney")):
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert "lesion_80_120_gy (1 of 2 patients)" in labels
    plt.close("all")


def test_a_plan_that_uses_all_of_a_limit_does_not_exceed_it(adapted):
    row = adapted.limits.loc[("lesion_80_120_gy", "kidney BED")]
    assert row["used_share"] == pytest.approx(1.0, abs=1e-4)
    assert row["violation_share"] == 0.0


def test_bands_follow_the_cycles_of_each_patient(adapted):
    ax = adapted.plot_members("kidney")
    line = next(line for line in ax.lines if line.get_label() == "kidney_23_gy")
    weeks, medians = line.get_data()
    cycles = adapted.members.data["absorbed_dose"].sel(region="kidney")
    of = cycles[cycles["regimen"] == "kidney_23_gy"].values
    counts = np.isfinite(of).sum(axis=1)
    assert len(set(counts)) == 2
    assert weeks.tolist() == pytest.approx(
        [*(8.0 * np.arange(max(counts))), 8.0 * (max(counts) - 1) + AFTER_THE_LAST], rel=1e-12
    )
    collected = np.nancumsum(of, axis=1)[
        :, : max(counts)
    ]  # one with fewer cycles stays where he is
    assert medians.tolist() == pytest.approx([*np.median(collected, axis=0), medians[-2]])
    plt.close("all")


def test_a_single_patient_who_can_have_nothing_has_a_report_that_says_so(tmp_path):
    (k16_3,) = [p for p in lt.read_patients("k16_cohort") if p.name == "k16_3"]
    found = lt.compare(MODEL, k16_3, ["lesion_80_120_gy"], limits={"kidney": "23 Gy"})
    assert found.table.loc["lesion_80_120_gy", "status"] == "not possible"
    assert found.doses.empty
    assert found.limits["used_share"].isna().all()
    (note,) = found.plot_limits().texts
    assert note.get_text() == "not possible"
    page = found.report(tmp_path / "none.html").read_text("utf-8")
    (reason,) = found.impossible["reason"]
    assert "cannot be reached" in reason
    assert html.escape(reason) in page
    names = set(found.numbers["name"])
    assert "policy lesion_80_120_gy: plan.target.least" in names
    assert "policy lesion_80_120_gy: limit kidney BED" in names
    plt.close("all")


def test_a_policy_for_lesions_is_not_possible_without_any():
    nobody = lt.Patient(sex="male", weight="71 kg", height="175 cm", gfr="100 mL/min", name="clear")
    found = lt.compare(MODEL, nobody, ["netter1", "lesion_80_120_gy"])
    (reason,) = found.impossible["reason"]
    assert reason.startswith("'clear' has no lesion to give a dose to")
    with pytest.raises(ValueError, match="convention must be one of"):
        lt.compare(MODEL, nobody, ["kidney_23_gy"], convention="s_value")


def test_a_name_of_a_regimen_and_of_a_policy_means_the_same():
    library = lt.library()
    both = set(library.names("regimen")) & set(library.names("policy"))
    assert both == {"reduced_3p7"}
    for name in both:
        policy = lt.policy(name)
        assert policy.settings is None
        assert policy.prescribed.administrations == lt.read_regimen(name).administrations


def test_a_slip_in_the_name_of_a_policy_or_regimen_is_told(reference):
    with pytest.raises(lt.DataError, match="unknown policy 'kidney_23gy' .* mean 'kidney_23_gy'"):
        lt.compare(MODEL, reference, ["kidney_23gy"])
    with pytest.raises(lt.DataError, match="unknown regimen 'neter1' .* mean 'netter1'"):
        lt.compare(MODEL, reference, ["neter1"])


def test_what_is_no_regimen_is_refused(reference):
    match = "a regimen must be a Regimen, a name or an administration, found 5"
    with pytest.raises(ValueError, match=match):
        lt.compare(MODEL, reference, ["netter1", 5])
    policy = lt.policy("kidney_23_gy")
    with pytest.raises(
        ValueError, match=r"found <Policy .*; give what its regimen\(model, patient\)"
    ):
        lt.simulate_many(MODEL, reference, [policy])


def test_a_list_that_looks_like_one_regimen_is_refused(reference):
    def infusion(at):
        return lt.Infusion(
            "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min", at=at
        )  # fmt: skip

    for later in ("8 week", 1344, "2026-03-01 09:00"):
        message = (
            rf"regimens\[1\] is a single administration at {later}, and each entry of a list of regimens is a "
            r"regimen of its own; for one regimen pass \[lt.Regimen\(\[…\]\)\], for regimens of one "
            "administration leave 'at' out"
        )
        for listed in (lt.compare, lt.simulate_many):
            with pytest.raises(ValueError, match=message):
                listed(MODEL, reference, [infusion("0 h"), infusion(later)])
    names = {"now": infusion(None), "later": infusion("8 week")}
    assert lt.compare(MODEL, reference, names).courses["cycles"].tolist() == [1, 1]

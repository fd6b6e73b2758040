"""Limits of blood counts against the counts of full runs."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.errors import PlanError

MODEL, PATIENT = "sstr2_whole_body", "reference_male"
COURSE = (MODEL, PATIENT, "netter1")
LEAST = 210.0  # [1e9/L], of 250 before treatment
PLATELETS = [lt.CountLimit("platelets", f"{LEAST}e9 1/L")]
# Steps of BED of ten hours against dose rates: the nadirs of full runs agree to some 4e-5.
STEPS = 2e-4


def nadirs(regimen, **values):
    run = lt.simulate(MODEL, PATIENT, regimen)
    return lt.blood_counts(run, **values).nadirs["count"]


@pytest.mark.parametrize(
    "asked",
    [
        {"cycles": 4},
        {"cycles": 3, "interval": "5 week"},  # steps do not end where cycles begin
        {"cycles": 3, "activities": "front_loaded", "front_loading": [1.5]},
        {"cycles": 3, "activities": "free", "objective": "minimum_lesion_bed"},
    ],
)
def test_the_planned_schedule_has_its_nadir_at_the_limit(asked):
    plan = lt.plan(*COURSE, limits=PLATELETS, **asked)
    assert plan.binding == "platelets nadir"
    found = nadirs(plan.regimen)["platelets"]
    assert found.min() == pytest.approx(LEAST, rel=STEPS)
    row = plan.counts.loc["platelets nadir"]
    assert row["nadir"] == pytest.approx(LEAST, rel=1e-9)
    assert row["verified"] == pytest.approx(found.min(), rel=1e-6)  # of runs with their tolerance
    assert row["used_share"] == pytest.approx(1.0)
    assert (row["cycle"], row["grade"]) == (found.idxmin(), 0)


def test_free_activities_bring_every_cycle_to_the_limit():
    plan = lt.plan(
        *COURSE,
        limits=PLATELETS,
        cycles=4,
        activities="free",
        objective="cumulative_activity",
        largest_molar_activity="300 MBq/nmol",
    )
    equal = lt.plan(*COURSE, limits=PLATELETS, cycles=4, objective="cumulative_activity")
    assert plan.objective > 1.02 * equal.objective
    np.testing.assert_allclose(nadirs(plan.regimen)["platelets"], LEAST, rtol=STEPS)


def test_what_cycles_leave_to_the_next_does_not_mislead_free_activities():
    # Six weeks apart the counts of a run with its own activities are lower than unit runs promise.
    asked = dict(
        limits=[lt.Limit("kidney", "23 Gy"), *PLATELETS],
        cycles=3,
        interval=["6 week", "8 week"],
        amount="50 nmol",
        objective="minimum_lesion_bed",
    )
    who = (MODEL, "reference_male_six_lesions", "netter1")
    free = lt.plan(*who, activities="free", **asked)
    equal = lt.plan(*who, **asked)
    assert free.objective >= equal.objective
    assert free.table["objective"].max() >= free.objective * (1.0 - 1e-3)


def test_the_dose_that_alpha_particles_give_counts():
    cycle = lt.Infusion(
        "dotatate", nuclide="Ac-225", activity="8 MBq", amount="100 nmol", duration="30 min"
    )
    plan = lt.plan(
        "sstr2_whole_body",
        PATIENT,
        cycle,
        modules=["free_daughters"],
        limits=PLATELETS,
        cycles=2,
        interval="8 week",
    )
    assert plan.counts.at["platelets nadir", "nadir"] == pytest.approx(LEAST, rel=1e-9)
    assert plan.counts.at["platelets nadir", "verified"] == pytest.approx(LEAST, rel=5e-4)


def test_numbers_of_the_patient_replace_those_of_the_library():
    values = {"baseline": "180e9 1/L", "alpha": "0.5 1/Gy"}
    limit = lt.CountLimit("platelets", "150e9 1/L", values=values)
    plan = lt.plan(*COURSE, limits=[limit, lt.CountLimit("neutrophils", "3e9 1/L")], cycles=2)
    found = nadirs(plan.regimen, values={"platelets": values})
    assert plan.binding == "platelets nadir"
    assert found["platelets"].min() == pytest.approx(150.0, rel=STEPS)
    assert plan.counts.at["neutrophils nadir", "nadir"] == pytest.approx(
        found["neutrophils"].min(), rel=STEPS
    )
    numbers = plan.numbers.set_index("name")
    assert numbers.at["platelets: baseline", "value"] == 180e9
    assert numbers.at["platelets: baseline", "tag"] == ""
    assert numbers.at["neutrophils: alpha", "tag"] == "A"


def test_cycles_already_given_are_remembered():
    first = lt.plan(*COURSE, limits=PLATELETS, cycles=3, interval="3 week")
    run = lt.simulate(MODEL, PATIENT, first.regimen)
    doses = lt.absorbed_dose(run).table["cycle_1"]
    given = lt.Delivered(
        lt.Infusion(
            "dotatate",
            nuclide="Lu-177",
            activity=f"{float(first.activities[0])!r} MBq",
            amount="100 nmol",
            duration="30 min",
            amino_acids="lysine_arginine",
        ),
        {name: float(doses[name]) for name in ("red_marrow", "tumor")},
    )
    rest = first.after(given)
    # As planned, so the rest is as planned. What was given takes the time course of the next cycle,
    # blurred by steps of ten hours, and what is left of it there: some 0.3 %.
    np.testing.assert_allclose(rest.activities, first.activities[1:], rtol=5e-3)
    more = first.after(
        lt.Delivered(given.regimen, {"red_marrow": 1.2 * doses["red_marrow"], "tumor": 1.0})
    )
    assert 0.0 < more.activities.sum() < 0.97 * rest.activities.sum()
    assert np.isnan(more.counts["verified"].item())


@pytest.fixture(scope="module")
def draws():
    return lt.virtual_patients(*COURSE, n=60, seed=1)


def values_of(row):
    """Parameters of a draw, whose unit stands in the name of their column."""
    parts = {column: column.removesuffix("]").split(" [") for column in row.index}
    return {
        part[0]: f"{float(row[column])!r} {part[1]}" if len(part) > 1 else float(row[column])
        for column, part in parts.items()
    }


@pytest.mark.parametrize("how", ["scenarios", "lognormal", "cvar"])
def test_draws_below_a_limit_are_those_of_full_runs(draws, how):
    plan = lt.plan(*COURSE, limits=PLATELETS, cycles=2, draws=draws, risk=0.1, chance=how)
    row = plan.counts.loc["platelets nadir"]
    if how == "scenarios":  # of 60 draws the sixth decides
        assert row["violations"] == 5
        assert row["quantile_nadir"] == pytest.approx(LEAST, rel=1e-9)
    worst = np.sort(plan.draws()["platelets nadir_1e9_per_L"])
    if how == "cvar":
        assert worst[:6].mean() == pytest.approx(LEAST, rel=1e-6)
    for member in (0, 17):
        patient = lt.read_patient(PATIENT).with_values(values_of(draws.iloc[member]))
        run = lt.simulate(MODEL, patient, plan.regimen)
        found = lt.blood_counts(run).nadirs["count"]["platelets"].min()
        drawn = plan.draws()["platelets nadir_1e9_per_L"][member]
        assert drawn == pytest.approx(found, rel=2e-4)


def test_a_draw_that_fails_counts_as_one_below_the_limit():
    table = pd.DataFrame(
        {"gfr [mL/min]": [1e6] + [100.0] * 38}
    )  # the first is refused by the model
    plan = lt.plan(*COURSE, limits=PLATELETS, cycles=1, draws=table)
    assert plan.counts["violations"].tolist() == [1]
    assert plan.counts["quantile_nadir"].item() == pytest.approx(LEAST, rel=1e-9)
    assert "1 without a result" in plan.summary()


def test_fresh_draws_fall_below_the_limit_about_as_often_as_accepted(draws):
    plan = lt.plan(*COURSE, limits=PLATELETS, cycles=1, draws=draws, risk=0.1)
    same = plan.check(draws)
    assert same["violations"].tolist() == plan.risks["violations"].tolist() == [5, 5]
    fresh = plan.check(lt.virtual_patients(*COURSE, n=600, seed=7))
    # 6 of 61 on average; the risk of 60 draws is beta distributed, 4.2 to 18 % in 99 of 100 sets.
    assert 0.042 - 0.02 < fresh.at["platelets nadir", "violation_probability"] < 0.18 + 0.03


def test_a_limit_nobody_can_hold_is_named():
    with pytest.raises(PlanError) as caught:
        lt.plan(*COURSE, limits=[lt.CountLimit("platelets", "248e9 1/L")], cycles=2)
    assert "the platelets nadir of at least 248e9 1/L binds" in str(caught.value)
    assert "less than the smallest useful activity of 1.48 GBq" in str(caught.value)
    assert caught.value.binding == "platelets nadir"
    with pytest.raises(
        PlanError, match="the platelets nadir of at least 240e9 1/L binds"
    ) as caught:
        lt.plan(
            *COURSE,
            limits=[lt.CountLimit("platelets", "240e9 1/L")],
            cycles=4,
            activities="prescribed",
        )
    assert caught.value.asked == 240e9
    assert 200e9 < caught.value.found < 240e9


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (
            lt.CountLimit("reds", "1e9 1/L"),
            "there is no cell line 'reds'; cell lines: platelets, neutrophils, lymphocytes",
        ),
        (
            lt.CountLimit("platelet", "75e9 1/L"),
            r"there is no cell line 'platelet'; .*; did you mean 'platelets'\?",
        ),
        (
            lt.CountLimit("lymphocytes", "0.5e9 1/L"),
            "a plan cannot limit lymphocytes: the dose to the blood kills them",
        ),
        (
            lt.CountLimit("platelets", "300e9 1/L"),
            "least platelets must be below the count before treatment, 250e9 1/L, found '300e9 1/L'",
        ),
        (
            lt.CountLimit("platelets", "75 1/L"),
            "least platelets of 75 1/L is less than 1% of the count before treatment, 250e9 1/L; "
            r"did you mean 75e9 1/L\?",
        ),
        (lt.CountLimit("platelets", "75e6 1/L"), r"did you mean 75e9 1/L\?"),
        (lt.CountLimit("platelets", "1 1/m^3"), "treatment, 250e9 1/L$"),
        (
            lt.CountLimit("platelets", "75e9 1/L", values={"mtt": "3 h"}),
            "cell line 'platelets' has no 'mtt'; it has baseline",
        ),
    ],
)
def test_limits_that_make_no_sense_are_refused(limit, message):
    with pytest.raises(ValueError, match=message):
        lt.plan(*COURSE, limits=[limit], cycles=1)


def test_comparisons_take_limits_of_doses():
    with pytest.raises(
        ValueError, match="a limit of doses was expected, found that of the platelets"
    ):
        lt.compare(MODEL, PATIENT, ["netter1"], limits=PLATELETS)


def test_limits_of_counts_are_checked():
    with pytest.raises(ValueError, match="least platelets must be positive, found '0 1/L'"):
        lt.CountLimit("platelets", "0 1/L")
    with pytest.raises(ValueError, match="risk of a limit must be between 0 and 1, found 2"):
        lt.CountLimit("platelets", "75e9 1/L", risk=2.0)
    with pytest.raises(lt.UnitError, match="least platelets"):
        lt.CountLimit("platelets", "75 Gy")


def test_reports_show_the_caution(tmp_path):
    plan = lt.plan(*COURSE, limits=[lt.Limit("kidney", "23 Gy"), *PLATELETS], cycles=2)
    assert "the dose to the marrow alone did not predict toxicity" in plan.caution
    assert f"caution: {plan.caution}" in plan.summary()
    page = plan.report(tmp_path / "plan.html").read_text()
    assert plan.caution in page
    assert "limit platelets nadir" not in page  # a number of the user, who knows where it is from
    assert "platelets: alpha" in page

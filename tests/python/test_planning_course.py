"""Plans of a course that has begun, ends, or cannot be: results and messages."""

import numpy as np
import pytest

import lutetia as lt
from lutetia.errors import PlanError

MODEL, PATIENT = "sstr2_whole_body", "reference_male_six_lesions"
COURSE = (MODEL, PATIENT, "netter1")
KIDNEY = [lt.Limit("kidney", "23 Gy")]
LESIONS = lt.read_patient(PATIENT).lesions


def cycles(count):
    given = lt.Infusion(
        "dotatate",
        nuclide="Lu-177",
        activity="7.4 GBq",
        amount="100 nmol",
        duration="30 min",
        amino_acids="lysine_arginine",
    )
    return lt.repeat(given, every="8 week", count=count)


def delivered(count=1, kidney="6 Gy", lesion="15 Gy", **more):
    return lt.Delivered(cycles(count), {"kidney": kidney, **dict.fromkeys(LESIONS, lesion)}, **more)


def test_what_was_given_uses_up_its_part_of_the_limits():
    before = lt.plan(*COURSE, limits=KIDNEY, cycles=4)
    after = lt.plan(*COURSE, limits=KIDNEY, cycles=4, given=delivered(2, kidney="10 Gy"))
    per_activity = 23.0 / before.activities.sum()
    assert after.activities.sum() == pytest.approx(13.0 / per_activity, rel=1e-5)
    assert len(after.activities) == 2
    assert after.limits["verified_Gy"].item() == pytest.approx(23.0, rel=1e-5)
    assert after.doses.at["liver_1", "absorbed_dose_Gy"] > 15.0
    times = [a["time_h"] for a in after.regimen.administrations]
    assert times == [0.0, 1344.0, 2688.0, 4032.0]


def test_remaining_cycles_have_their_place_in_the_effect_of_the_cycles():
    document = dict(lt.read_patient(PATIENT).core.document)
    document["cycle_effects"] = [
        {
            "parameter": "lesions.receptor_density",
            "term": "free_per_cycle",
            "factors": [1.0, 1.0, 0.5],
        }
    ]
    patient = lt.patient.patient_of(document)
    asked = dict(limits=KIDNEY, cycles=3, objective="cumulative_activity")
    plan = lt.plan(MODEL, patient, "netter1", given=delivered(2, "15 Gy", "0 Gy"), **asked)
    fresh = lt.plan(MODEL, patient, "netter1", limits=KIDNEY, cycles=1)
    third = plan.doses.at["liver_3", "absorbed_dose_Gy"] / plan.activities.sum()
    first = fresh.doses.at["liver_3", "absorbed_dose_Gy"] / fresh.activities.sum()
    assert third < 0.8 * first


def test_a_measured_bed_counts_and_one_that_is_not_measured_follows_from_the_dose():
    limit = [lt.Limit("kidney", "28 Gy", quantity="BED")]
    followed = lt.plan(*COURSE, limits=limit, cycles=3, given=delivered(2, kidney="10 Gy"))
    measured = lt.plan(
        *COURSE, limits=limit, cycles=3, given=delivered(2, kidney="10 Gy", BED={"kidney": "13 Gy"})
    )
    run = lt.simulate(*COURSE)
    table = lt.biologically_effective_dose(run).table.loc["kidney"]
    g = table["G"] * 4.0  # of one of four equal cycles
    bed = 10.0 + g * 10.0**2 / (2 * table["alpha_beta_Gy"])
    run_bed = followed._chosen.problem.guards[0].region.given_bed[0]
    assert run_bed == pytest.approx(bed, rel=1e-4)  # G of runs with tolerance
    assert measured._chosen.problem.guards[0].region.given_bed[0] == 13.0
    assert measured.activities.sum() < followed.activities.sum()


def test_errors_of_measured_doses_widen_what_may_be_true():
    draws = lt.virtual_patients(*COURSE, n=100, seed=1)
    asked = dict(limits=KIDNEY, cycles=2, draws=draws)
    exact = lt.plan(*COURSE, given=delivered(1, "12 Gy"), **asked)
    three = lt.plan(*COURSE, given=delivered(1, "12 Gy", cv="three_scans"), **asked)
    one = lt.plan(*COURSE, given=delivered(1, "12 Gy", cv={"kidney": "one_scan"}), **asked)
    given = three._chosen.problem.guards[0].region.given_dose
    assert np.log(given).std() == pytest.approx(np.sqrt(np.log1p(0.13**2)), rel=0.25)
    assert one.activities.sum() < three.activities.sum() < exact.activities.sum()
    used = three.numbers.set_index("name")["tag"]
    assert used["plan measured_dose_error.three_scans"] == "R"
    assert "plan measured_dose_error.one_scan" not in used
    assert "plan measured_dose_error.three_scans" not in exact.numbers["name"].tolist()


def test_the_rest_of_a_course_is_planned_from_the_plan():
    first = lt.plan(*COURSE, limits=KIDNEY, cycles=4)
    rest = first.after(delivered(1, kidney="9 Gy"))
    assert len(rest.activities) == 3
    assert rest.activities.sum() < first.activities.sum() * 14.0 / 23.0 * 1.001


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"platelets": "60e9 1/L"}, "platelets are 60e9 1/L, below 75e9 1/L"),
        ({"neutrophils": "0.8e9 1/L"}, "neutrophils are 0.8e9 1/L, below 1e9 1/L"),
        ({"gfr": "35 mL/min"}, "gfr is 35 mL/min, below 40 mL/min"),
        ({"progression": True}, "a lesion progresses"),
    ],
)
def test_the_state_of_the_patient_may_end_a_course(status, reason):
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=4, given=delivered(), status=status)
    assert plan.stop == (reason,)
    assert plan.regimen is None
    assert plan.members == 0
    assert plan.summary().splitlines()[:2] == ["no further cycle", f"- {reason}"]
    assert repr(plan) == f"<Plan: no further cycle; {reason}>"
    with pytest.raises(ValueError, match="the course ends, there is nothing to draw"):
        plan.plot()


def test_other_rules_may_end_a_course():
    fine = {"platelets": "60e9 1/L", "progression": True}
    rules = lt.StopRules(platelets="50e9 1/L", progression=False)
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=4, status=fine, stop=rules)
    assert plan.stop == ()


def test_a_limit_that_is_used_up_ends_a_course():
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=4, given=delivered(2, kidney="25 Gy"))
    assert plan.stop == ("the kidney absorbed dose of 23 Gy is used up: 25 Gy were given",)


def test_too_little_room_for_a_useful_cycle_ends_a_course():
    plan = lt.plan(
        *COURSE,
        limits=KIDNEY,
        cycles=3,
        given=delivered(2, kidney="22 Gy"),
        smallest_activity="3.7 GBq",
    )
    assert plan.stop[0].startswith("at most 1.6")
    assert plan.stop[0].endswith(
        "GBq per cycle in 1 more cycle with 100 nmol, less than the smallest useful activity of 3.7 GBq; "
        "the kidney absorbed dose of 23 Gy binds"
    )


def test_lesions_that_have_their_dose_end_a_course():
    plan = lt.plan(
        *COURSE,
        limits=KIDNEY,
        cycles=3,
        given=delivered(2, "5 Gy", "130 Gy"),
        target=lt.DoseTarget("80 Gy", "120 Gy"),
    )
    assert plan.stop == ("the lesions have the dose they were to get",)


def impossible(**asked):
    with pytest.raises(PlanError) as caught:
        lt.plan(*COURSE, **{"limits": KIDNEY, "cycles": [2, 4], **asked})
    return caught.value


def test_a_target_above_any_safe_dose_names_what_binds():
    error = impossible(target=lt.DoseTarget("300 Gy", "400 Gy"))
    assert str(error).startswith(
        "the target of the mean of the lesions, 300 to 400 Gy, cannot be reached: at most 75."
    )
    assert str(error).endswith(
        "; the kidney absorbed dose of 23 Gy binds, and none of 2 schedules does better"
    )
    assert (error.binding, error.asked) == ("kidney absorbed dose", 300.0)
    assert 70.0 < error.found < 80.0


def test_no_useful_cycle_names_what_binds():
    error = impossible(smallest_activity="30 GBq")
    assert str(error).startswith("no cycle can be given: at most 18.")
    assert "less than the smallest useful activity of 30 GBq" in str(error)
    assert error.binding == "kidney absorbed dose"


def test_prescribed_activity_that_is_too_much_names_what_binds():
    error = impossible(cycles=[5, 6], activities="prescribed", limits=[lt.Limit("kidney", "10 Gy")])
    assert str(error).startswith(
        "the prescribed activity exceeds a limit in all 2 schedules: 5 cycles every 8 weeks with 100 nmol and "
        "7.4 GBq each may have 0.43"
    )
    assert str(error).endswith("the kidney absorbed dose of 10 Gy binds")
    assert error.found > error.asked == 10.0


@pytest.mark.parametrize("cycles", [1, 2, [2, 4]])
@pytest.mark.parametrize("smallest", [None, 0])
def test_a_first_cycle_that_is_too_much_uses_up_the_limit(cycles, smallest):
    error = impossible(cycles=cycles, first_activity="80 GBq", smallest_activity=smallest)
    assert str(error).startswith(
        "no further cycle can be given: the kidney absorbed dose of 23 Gy is used up: 49."
    )
    assert str(error).endswith(" Gy with the first cycle")
    assert error.binding == "kidney absorbed dose"


def test_a_first_cycle_that_leaves_too_little_says_so():
    error = impossible(cycles=2, first_activity="36.5 GBq")
    assert str(error).startswith("no cycle can be given: at most 0.")
    assert "less than the smallest useful activity" in str(error)


def test_draws_of_which_too_many_fail_leave_nothing():
    import pandas as pd

    table = pd.DataFrame({"gfr [mL/min]": [100.0] * 20 + [1e6] * 5})
    error = impossible(draws=table, cycles=1)
    assert (
        str(error)
        == "no cycle can be given: 5 of 25 draws have no result, more than the risk of 0.05 accepts"
    )


def test_a_limit_that_may_be_used_up_ends_a_course():
    draws = lt.virtual_patients(*COURSE, n=40, seed=1)
    given = delivered(2, kidney="20 Gy", cv=0.13)
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=3, given=given, draws=draws, risk=0.05)
    (reason,) = plan.stop
    assert reason.startswith("the kidney absorbed dose of 23 Gy is used up: ")
    assert reason.endswith("of 40 draws nothing is left)")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"objective": "cure"}, "objective must be one of minimum_lesion_dose, .*, found 'cure'$"),
        (
            {"objective": "mean_lesion_dos"},
            r"found 'mean_lesion_dos'; did you mean 'mean_lesion_dose'\?",
        ),
        (
            {"activities": "some"},
            "activities must be one of equal, front_loaded, free, prescribed, found 'some'",
        ),
        ({"chance": "luck"}, "chance must be one of scenarios, lognormal, cvar, found 'luck'"),
        ({"cycles": 0}, "cycles must be whole numbers of at least 1, found 0"),
        ({"cycles": []}, "a list of choices must not be empty"),
        ({"interval": "-1 week"}, "interval must be positive, found -168 h"),
        (
            {"front_loading": [0.5], "activities": "front_loaded"},
            "front_loading must be ratios of at least 1, found 0.5",
        ),
        (
            {"limits": [lt.Limit("kidny", "1 Gy")]},
            r"'kidny' is no region with an absorbed dose, expected one of .*; did you mean 'kidney'\?",
        ),
        (
            {"limits": KIDNEY * 2},
            "limits must differ in what they limit, found two of kidney absorbed dose",
        ),
        ({"lesions": ["toe"]}, "lesions must be of .*, found 'toe'"),
        ({"lesions": ["liver1"]}, r"found 'liver1'; did you mean 'liver_1'\?"),
        (
            {"target": lt.DoseTarget("1 Gy", of="toe")},
            "a target is of 'mean', 'minimum', 'every' or one of .*, found 'toe'",
        ),
        ({"largest_activity": "0 GBq"}, "largest_activity must be positive, found '0 GBq'"),
        (
            {"unlabeled_amount": "5 nmol"},
            "unlabeled_amount belongs to largest_molar_activity: give both",
        ),
        ({"smallest_activity": "-1 GBq"}, "smallest_activity must not be negative, found '-1 GBq'"),
        (
            {"first_activity": "4 GBq", "activities": "front_loaded"},
            "first_activity goes with activities 'equal' or 'free' of the other cycles, found 'front_loaded'",
        ),
        (
            {"first_activity": "4 GBq", "amount": ["9 nmol", "90 nmol"], "refine": ["amount"]},
            "refine moves schedules whose activities are all free; first_activity fixes one",
        ),
        ({"lesions": []}, "lesions must name at least one, found none"),
        ({"limits": []}, "a plan needs a limit, or a largest_activity, found neither"),
        ({"refine": ["cycles"]}, "refine must be of amount, interval, found 'cycles'"),
        (
            {"refine": ["amount"]},
            "refine needs at least two choices of amount to move between, found one",
        ),
        ({"refine": ["interval"], "cycles": 1}, "refine='interval' needs more than one cycle"),
        ({"given": delivered(4)}, "no cycle is left to plan: 4 of 2 were given"),
        (
            {"given": lt.Delivered(cycles(1), {"kidney": "1 Gy"})},
            "absorbed_dose of the delivered cycles lacks 'liver_1'",
        ),
        (
            {"given": delivered(cv="guess")},
            "cv of measured doses must be a number or one of one_scan, three_scans, found 'guess'",
        ),
        (
            {"status": {"mood": "good"}},
            "status must be of platelets, neutrophils, gfr, progression, found 'mood'",
        ),
    ],
)
def test_questions_that_make_no_sense_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        lt.plan(*COURSE, **{"limits": KIDNEY, "cycles": 2, **asked})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: lt.Limit("kidney", "23 Gy", "dose"),
            "quantity of a limit must be one of absorbed_dose, BED, EQD2, found 'dose'",
        ),
        (lambda: lt.Limit("kidney", "-1 Gy"), "limit of kidney must be positive, found '-1 Gy'"),
        (
            lambda: lt.Limit("kidney", "23 GBq"),
            "limit of kidney: '23 GBq' has dimension activity, expected absorbed dose",
        ),
        (
            lambda: lt.Limit("kidney", "1 Gy", risk=2.0),
            "risk of a limit must be between 0 and 1, found 2.0",
        ),
        (lt.DoseTarget, "a target needs a least or a largest dose, found neither"),
        (
            lambda: lt.DoseTarget("9 Gy", "8 Gy"),
            "a target needs 0 <= least <= most, found '9 Gy' and '8 Gy'",
        ),
        (lambda: lt.CellKill("-1 1/Gy"), "alpha, doubling_time and clonogens must be positive"),
        (
            lambda: delivered(kidney="-1 Gy"),
            "absorbed_dose of kidney must not be negative, found -1 Gy",
        ),
        (lambda: delivered(cv=-0.1), "cv of measured doses must not be negative, found -0.1"),
    ],
)
def test_parts_of_a_question_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            lt.Infusion("octreotide", amount="1 nmol", duration="1 h"),
            "a plan needs a labeled administration to repeat, found none",
        ),
        (
            lt.Regimen(
                [
                    lt.Bolus(
                        "dotatate", nuclide=n, activity="1 GBq", amount="9 nmol", at=f"{k} week"
                    )
                    for k, n in enumerate(["Lu-177", "Y-90"])
                ]
            ),
            "a plan needs one administration to repeat, found different ones",
        ),
    ],
)
def test_a_template_is_one_labeled_administration(template, message):
    with pytest.raises(ValueError, match=message):
        lt.plan(MODEL, PATIENT, template, limits=KIDNEY)


def test_several_cycles_of_a_single_administration_need_an_interval():
    with pytest.raises(ValueError, match="several cycles need an interval, found none"):
        lt.plan(MODEL, PATIENT, cycles(1), limits=KIDNEY, cycles=2)


def test_a_patient_without_lesions_may_have_a_plan_by_activity():
    document = {**lt.read_patient(PATIENT).core.document, "lesions": []}
    patient = lt.patient.patient_of(document)
    with pytest.raises(ValueError, match="has no lesion to give a dose to"):
        lt.plan(MODEL, patient, "netter1", limits=KIDNEY)
    plan = lt.plan(MODEL, patient, "netter1", limits=KIDNEY, objective="cumulative_activity")
    assert plan.objective == pytest.approx(plan.activities.sum())

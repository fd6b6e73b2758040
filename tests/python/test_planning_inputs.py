"""What `plan` accepts, and what it refuses because it cannot be or would do nothing."""

import re

import pytest

import lutetia as lt
from lutetia.cases.plan import plan_case
from lutetia.errors import DataError, UnitError

MODEL, PATIENT = "sstr2_whole_body", "reference_male_six_lesions"
COURSE = (MODEL, PATIENT, "netter1")
KIDNEY = lt.Limit("kidney", "23 Gy")
LESIONS = lt.read_patient(PATIENT).lesions
CYCLE = lt.Infusion(
    "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
)


def delivered(**changed):
    given = {"absorbed_dose": {"kidney": "6 Gy", **dict.fromkeys(LESIONS, "15 Gy")}, **changed}
    return lt.Delivered(CYCLE, **given)


def planned(**asked):
    return lt.plan(*COURSE, **{"limits": KIDNEY, "cycles": 2, **asked})


@pytest.fixture(scope="module")
def draws():
    return lt.virtual_patients(*COURSE, n=30, seed=1)


def refused(message, error=ValueError, **asked):
    with pytest.raises(error, match=re.escape(message)) as caught:
        planned(**asked)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cv": {"kidny": 0.5}}, "cv of the delivered cycles has an unknown region 'kidny'"),
        ({"BED": {"kidny": "9 Gy"}}, "BED of the delivered cycles has an unknown region 'kidny'"),
        (
            {"absorbed_dose": {"kidny": "9 Gy"}},
            "absorbed_dose of the delivered cycles has an unknown region 'kidny'",
        ),
    ],
)
def test_measured_doses_are_of_regions_that_exist(changed, message):
    with pytest.raises(ValueError, match=f"{message}, expected one of .*; did you mean 'kidney'"):
        planned(given=delivered(**changed))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"BED": {"kidney": "5 Gy"}},
            "BED of kidney must not be below its absorbed dose of 6 Gy, found 5 Gy",
        ),
        ({"cv": 13}, "cv of measured doses must not be above 1, found 13; did you mean '13 %'?"),
        ({"cv": {"kidney": "130 %"}}, "cv of measured doses must not be above 1, found 130 %"),
        ({"cv": "-1 %"}, "cv of measured doses must not be negative, found -1 %"),
        ({"cv": float("nan")}, "cv of measured doses must not be negative, found nan"),
    ],
)
def test_measured_doses_that_cannot_be_are_refused(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        delivered(**changed)


def test_percents_and_names_alone_mean_what_they_say(draws):
    assert delivered(cv="13 %").cv == 0.13
    assert delivered(cv={"kidney": "13 %", "liver_1": "one_scan"}).cv == {
        "kidney": 0.13,
        "liver_1": "one_scan",
    }
    assert lt.Limit("kidney", "23 Gy", risk="5 %").risk == 0.05
    assert lt.CountLimit("platelets", "75e9 1/L", risk="5 %").risk == 0.05
    one = planned(lesions="bone_1")
    assert one.objective == planned(lesions=["bone_1"], limits=[KIDNEY]).objective
    grid = {"amount": ["20 nmol", "200 nmol"], "objective": "mean_lesion_dose"}
    assert planned(refine="amount", **grid).objective > planned(**grid).objective
    percent = planned(draws=draws, risk="10 %").activities.tolist()
    assert percent == planned(draws=draws, risk=0.1).activities.tolist()
    usual = planned(draws=draws).activities.tolist()
    assert usual == planned(draws=draws, risk=0.05, chance="scenarios").activities.tolist()
    single = planned(activities="front_loaded", front_loading=2)
    assert single.activities[0] / single.activities[1] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"target": ("80 Gy", "120 Gy")},
            "target must be a lt.DoseTarget, found ('80 Gy', '120 Gy'); "
            "write target=lt.DoseTarget('80 Gy', '120 Gy')",
        ),
        ({"target": "80 Gy"}, "write target=lt.DoseTarget('80 Gy')"),
        ({"limits": [23.0]}, "limits are lt.Limit or lt.CountLimit, found 23.0"),
        ({"limits": 23.0}, "limits are lt.Limit or lt.CountLimit, found 23.0"),
        ({"given": 2}, "given must be a lt.Delivered, found 2"),
        ({"status": {"progression": "no"}}, "progression must be True or False, found 'no'"),
        (
            {"interval": "10 min"},
            "interval must not be shorter than an infusion of 0.5 h, found 0.166667 h",
        ),
        (
            {"interval": ["1 h", "8 week"], "duration": ["30 min", "2 h"]},
            "interval must not be shorter than an infusion of 2 h, found 1 h",
        ),
        (
            {"tissues": {"kidny": {"alpha_beta": "2 Gy"}}},
            "tissues has an unknown region 'kidny'; did you mean 'kidney'?",
        ),
    ],
)
def test_what_cannot_be_is_refused(asked, message):
    refused(message, **asked)


def test_a_list_is_no_cycle():
    message = (
        r"cycle must be an administration, a regimen or the name of one, found \[Infusion\(.*\]; "
    )
    with pytest.raises(ValueError, match=message + "make a regimen of a list"):
        lt.plan(MODEL, PATIENT, [CYCLE], limits=KIDNEY)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"risk": 0.05},
            "risk needs draws: without them there is one patient and no risk, found risk=0.05",
        ),
        ({"chance": "cvar"}, "chance needs draws: "),
        ({"n": 100}, "n needs draws: "),
        (
            {"limits": lt.Limit("kidney", "23 Gy", risk=0.1)},
            "risk of the limit of kidney absorbed dose needs draws, found risk=0.1",
        ),
        (
            {"limits": lt.CountLimit("platelets", "75e9 1/L", risk=0.1)},
            "risk of the limit of platelets nadir needs draws, found risk=0.1",
        ),
        (
            {"front_loading": [2.0]},
            "front_loading needs activities='front_loaded', found activities='equal'",
        ),
        (
            {"kill": lt.CellKill("0.1 1/Gy")},
            "kill needs the objective 'log_cell_kill' or 'tcp', found 'minimum_lesion_dose'",
        ),
    ],
)
def test_what_would_do_nothing_is_refused(asked, message):
    refused(message, **asked)


def test_a_table_of_draws_has_its_number_of_rows(draws):
    refused("a table of draws has 30 rows, found n=100", draws=draws, n=100)
    refused("risk must be between 0 and 1, found 5; did you mean '5 %'?", draws=draws, risk=5)


def test_members_of_a_cohort_have_no_risk():
    with pytest.raises(ValueError, match="plan_cohort takes no 'risk'"):
        lt.plan_cohort(*COURSE, limits=KIDNEY, risk=0.05)
    table = lt.virtual_patients(*COURSE, n=2, seed=1)
    limit = lt.Limit("kidney", "23 Gy", risk=0.1)
    with pytest.raises(ValueError, match="plan_cohort takes no risk of a limit"):
        lt.plan_cohort(*COURSE, parameters=table, limits=limit)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("risk: 5 %", "risk needs draws: .*found risk=0.05"),
        ("front_loading: 1.5", "front_loading needs activities='front_loaded'"),
        ("kill: {alpha: 0.1 1/Gy}", "kill needs the objective 'log_cell_kill' or 'tcp'"),
        (
            "given: {cycles: 1, absorbed_dose: {kidney: 5 Gy, tumor: 20 Gy}, BED: {kidney: 4 Gy}}",
            "BED of kidney must not be below its absorbed dose of 5 Gy, found 4 Gy",
        ),
        ("interval: 10 min", "interval must not be shorter than an infusion of 0.5 h"),
    ],
)
def test_a_case_whose_settings_do_nothing_is_named(tmp_path, setting, message):
    path = tmp_path / "case.yaml"
    path.write_text(
        "lutetia: 1\ncase: idle\nmodel: sstr2_whole_body\npatient: reference_male\nregimen: netter1\n"
        f"plan:\n  limits: kidney_23_gy\n  {setting}\n"
    )
    with pytest.raises(DataError, match=f"case 'idle', plan: {message}"):
        next(plan_case(str(path)))


@pytest.mark.parametrize("name", ["interval", "amount", "duration", "largest_activity"])
def test_numbers_without_a_unit_are_refused(name):
    message = rf"{name}: '8' has dimension 1 \(dimensionless\), expected .*; write the unit after"
    with pytest.raises(UnitError, match=message):
        planned(**{name: 8})
    with pytest.raises(UnitError, match=r"smallest_activity: '8' has dimension 1"):
        planned(smallest_activity=8)


def test_a_patient_without_lesions_is_told_what_to_leave_out():
    person = lt.patient.patient_of({**lt.read_patient(PATIENT).document, "lesions": []})
    course, target = (MODEL, person, "netter1"), lt.DoseTarget("80 Gy")
    for asked, hint in (
        ({"objective": "cumulative_activity", "target": target}, "leave target out"),
        ({"target": target}, "use objective='cumulative_activity' and leave target out"),
        ({}, "use objective='cumulative_activity'"),
    ):
        with pytest.raises(ValueError, match=f"has no lesion to give a dose to; {hint}$"):
            lt.plan(*course, limits=KIDNEY, **asked)


def test_a_mapping_without_a_value_is_no_number():
    message = "alpha as a mapping needs a 'value', .*, found 'source'"
    with pytest.raises(ValueError, match=message):
        lt.CellKill(alpha={"source": "me"})
    with pytest.raises(ValueError, match=message):
        lt.TumorResponse(alpha={"source": "me"})

"""Wrong input and failed runs never look like a result."""

import pytest

import lutetia as lt

GOOD = {"nuclide": "Lu-177", "activity": "7.4 GBq", "amount": "100 nmol", "duration": "30 min"}
MODEL = "sstr2_whole_body"


def without(key):
    return {k: v for k, v in GOOD.items() if k != key}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (without("amount"), "the peptide amount is missing"),
        (without("duration"), "has no 'duration'"),
        (without("nuclide"), "an activity needs a nuclide"),
        ({**GOOD, "activity": "7.4 nmol"}, "unit of 'activity'"),
        ({**GOOD, "activity": "7.4"}, "unit of 'activity'"),
        ({**GOOD, "activity": "7.4 GBk"}, "'GBk' is not a unit"),
        ({**GOOD, "activity": float("nan")}, "does not start with a finite number"),
        ({**GOOD, "duration": "-30 min"}, "'duration' must be positive"),
        ({**GOOD, "duration": "0 min"}, "'duration' must be positive"),
        ({**GOOD, "amino_acids": {"duration": "4 h"}}, "amino acids need a mix of the library"),
        ({**GOOD, "split": {"tumor": "120 %"}}, "are more than the whole"),
        ({**GOOD, "split": {"tumor": "0 %"}}, "'tumor' must be positive"),
        ({**without("activity"), "calibrated_activity": "7 GBq"}, "has no 'calibration_time'"),
    ],
)
def test_a_wrong_administration_is_refused(keys, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.Regimen([lt.Infusion("dotatate", **keys)])


def test_every_problem_is_reported_at_once():
    with pytest.raises(lt.ModelError) as caught:
        lt.Patient(
            sex="mle",
            weight="71 kgg",
            lesions=[lt.Lesion("a", volume="5 mL"), lt.Lesion("a", volume="1 mL")],
        )
    problems = caught.value.problems
    assert len(problems) == 3
    assert {"patient.sex", "patient.weight", "patient.lesions[1]"} <= {p["path"] for p in problems}
    assert all(p["message"] in str(caught.value) for p in problems)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("patient", "message"),
    [
        ({"sex": "male", "height": "175 cm", "gfr": "0.1 L/min"}, "has no 'weight'"),
        ({"sex": "male", "weight": "71 kg", "height": "175 cm"}, "has no 'gfr'"),
        (
            {"sex": "male", "weight": "71 L", "height": "175 cm", "gfr": "0.1 L/min"},
            "unit of 'weight'",
        ),
        (
            {
                "sex": "male",
                "weight": "10 kg",
                "height": "175 cm",
                "gfr": "0.1 L/min",
                "organs": {"liver": "20 L"},
            },
            "rest",
        ),
        (
            {
                "sex": "male",
                "weight": "71 kg",
                "height": "175 cm",
                "gfr": "0.1 L/min",
                "organs": {"lever": "2 L"},
            },
            "liver",
        ),
    ],
)
def test_an_impossible_patient_is_refused(patient, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.simulate(MODEL, lt.Patient(**patient), lt.Infusion("dotatate", **GOOD))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"times": [2, 1]}, "must ascend"),
        ({"times": [-1]}, "not a time of the run"),
        ({"times": [10], "end": "5 h"}, "after the end of the run"),
        ({"end": "0.1 h"}, "before the last event"),
        ({"rtol": 1.0}, "rtol must be between"),
        ({"method": "euler"}, "method must be one of"),
        ({"at_event": "during"}, "at_event must be one of"),
        ({"times_per_cycle": 0}, "times_per_cycle must be at least 1"),
        ({"times": ["3 kg"]}, "times: '3 kg' has dimension mass"),
    ],
)
def test_a_wrong_call_is_refused(reference, call, message):
    with pytest.raises(ValueError, match=message):
        lt.simulate(MODEL, reference, lt.Infusion("dotatate", **GOOD), **call)


@pytest.mark.parametrize(
    ("ligand", "keys", "message"),
    [
        ("dotatat", GOOD, "unknown ligand 'dotatat'.*did you mean 'dotatate'"),
        ("dotatate", {**GOOD, "nuclide": "Lu-178"}, "unknown nuclide 'Lu-178'"),
        ("dotatate", {**GOOD, "amount": "5 nmol"}, "nmol of labeled peptide"),
        (
            "dotatate",
            {**GOOD, "residual_activity": "8 GBq", "residual_time": "0 h"},
            "residual activity is not below",
        ),
        ("dotatate", {**GOOD, "route": "oral"}, "no route 'oral'"),
    ],
)
def test_an_impossible_administration_is_refused(reference, ligand, keys, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.simulate(MODEL, reference, lt.Infusion(ligand, **keys))


def test_unknown_names_get_a_suggestion():
    with pytest.raises(lt.DataError, match="did you mean 'netter1'"):
        lt.read_regimen("neter1")
    with pytest.raises(lt.DataError, match="sstr2_whole_body"):
        lt.read_model("sstr2")
    with pytest.raises(ValueError, match="use read_patients"):
        lt.read_patient("k16_cohort")


def test_a_failed_integration_names_time_state_and_event(reference):
    with pytest.raises(lt.SolverError, match="too many steps") as caught:
        lt.simulate(MODEL, reference, lt.Infusion("dotatate", **GOOD), max_steps=10)
    error = caught.value
    assert error.reason == "too many steps"
    assert error.time > 0
    assert error.state.startswith("dotatate")
    assert "administration 1" in error.nearest_event
    assert isinstance(error, RuntimeError)

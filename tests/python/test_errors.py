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
        ({"amount": "1 nmol", "duration": "1 h", "unlabeled_as": "octreotide"}, "needs a labeled"),
        (
            {**GOOD, "amino_acids": {"start": "0 h", "amounts": {"lysine": "3 mL"}}},
            "amount or mass",
        ),
    ],
)
def test_a_wrong_administration_is_refused(keys, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.Regimen([lt.Infusion("dotatate", **keys)])


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"from": "3 d", "to": "1 d", "factor": 2}, "ends before it begins"),
        ({"from": "1 d", "to": "3 d"}, "a window has no 'factor'"),
        ({"from": "1 d", "to": "3 d", "factor": -1}, "'factor' must not be negative"),
    ],
)
def test_a_wrong_window_is_refused(window, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.Regimen(
            [lt.Infusion("dotatate", **GOOD)], windows=[{"parameter": "receptor_factor", **window}]
        )


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({"term": "linear"}, "unknown term 'linear'"),
        ({"term": "per_cycle_factor"}, "has no 'factor'"),
        ({"term": "per_cycle_factor", "factor": -0.5}, "'factor' must not be negative"),
        ({"term": "free_per_cycle", "factors": [0.9, 0.8]}, "first cycle must be 1"),
    ],
)
def test_a_wrong_cycle_effect_is_refused(effect, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.Patient(sex="male", cycle_effects=[{"parameter": "lesions.volume", **effect}])


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
        (
            {"sex": "male", "weight": "71 kg", "height": "175 cm", "gfr": "gfr_ckd_epi"},
            "no 'creatinine', which 'gfr_ckd_epi' needs",
        ),
        (
            {"sex": "male", "weight": "71 kg", "height": "175 cm", "gfr": "body_surface_area"},
            "unit of 'gfr'",
        ),
        (
            {
                "sex": "male",
                "weight": "71 kg",
                "height": "175 cm",
                "gfr": "0.1 L/min",
                "lesions": [lt.Lesion("first", volume="5 mL", site="livver")],
            },
            "unknown site 'livver'; did you mean 'liver'",
        ),
        (
            {
                "sex": "male",
                "weight": "71 kg",
                "height": "175 cm",
                "gfr": "0.1 L/min",
                "parameters": {"kidney.inhibition_maximum": 1.2},
            },
            "'maximum' of effect 'kidney.megalin_inhibition', found 1.2",
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
        ("dotatate", {**GOOD, "split": {"livr": "5 %"}}, "unknown place 'livr'"),
        ("dotatate", {**GOOD, "split": {"amino_acids": "5 %"}}, "holds amino_acid, not 'dotatate'"),
        ("dotatate", {**GOOD, "unlabeled_as": "octretide"}, "did you mean 'octreotide'"),
        ("dotatate", {**GOOD, "unlabeled_as": "lysine"}, "cannot be the unlabeled part"),
        (
            "dotatate",
            {
                **GOOD,
                "amino_acids": {"start": "0 h", "duration": "4 h", "amounts": {"lysin": "3 g"}},
            },
            "did you mean 'lysine'",
        ),
    ],
)
def test_an_impossible_administration_is_refused(reference, ligand, keys, message):
    with pytest.raises(lt.ModelError, match=message):
        lt.simulate(MODEL, reference, lt.Infusion(ligand, **keys))


def test_what_a_module_forbids_is_refused(reference):
    protected = lt.Infusion("dotatate", **GOOD, amino_acids="lysine_arginine")
    with pytest.raises(lt.ModelError, match="already contains the protection"):
        lt.simulate(MODEL, reference, protected, modules=["published_kidney"])
    plain = lt.Infusion("dotatate", **GOOD)
    with pytest.raises(lt.ModelError, match="interval of voids, found 0 h"):
        lt.simulate(
            MODEL, reference, plain, modules=["bladder"], parameters={"void_interval": "0 h"}
        )
    with pytest.raises(lt.ModelError, match="more than a run can stop at"):
        lt.simulate(
            MODEL, reference, plain, modules=["bladder"], parameters={"void_interval": "1 s"}
        )
    with pytest.raises(lt.DataError, match="no module 'blader'; did you mean 'bladder'"):
        lt.simulate(MODEL, reference, plain, modules=["blader"])


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

"""Fits of virtual patients find the truth: small versions of the studies outside of continuous integration."""

import copy

import numpy as np
import pandas as pd
import pytest

from studies import cycle_effect_fits, recovery, virtual_scans

PATIENTS = 10


@pytest.fixture(scope="module")
def outcomes():
    return recovery.run(PATIENTS, starts=1)


def test_ten_patients_are_recovered(outcomes):
    assert [o["status"] for o in outcomes] == ["converged"] * PATIENTS
    assert max(o["above_truth"] for o in outcomes) <= recovery.MOST_ABOVE_TRUTH
    table = recovery.dose_table(outcomes)
    judged = table[table["region"].isin(recovery.JUDGED)]
    # 80 intervals of 90 %, eight of each patient; with half their standard errors they hold 59 %.
    assert judged["held"].mean() >= 0.8
    # Doses of organs are known to 6 %, of tumors to 11 %: the calibration alone is 5 and 10 %.
    kidney, tumors = judged["region"] == "kidney", judged["region"] != "kidney"
    assert judged.loc[kidney, "deviation"].abs().median() < 0.10
    assert judged.loc[tumors, "deviation"].abs().median() < 0.18
    assert abs(judged.loc[tumors, "deviation"].mean()) < 0.12


def test_deviations_of_coordinates_are_of_the_size_of_their_standard_errors(outcomes):
    z = np.array([list(o["z"].values()) for o in outcomes])
    # 190 numbers of unit variance, correlated within a patient.
    assert 0.7 < np.sqrt(np.mean(z**2)) < 1.3


def test_a_patient_does_not_depend_on_the_others(outcomes):
    again = recovery.Recovery(starts=1).one(PATIENTS - 1)
    assert again["above_truth"] == outcomes[-1]["above_truth"]


def test_what_does_not_hold_is_said(outcomes):
    covered = recovery.coverage(recovery.dose_table(outcomes))
    assert recovery.problems(outcomes, covered.assign(held=0.9)) == []
    bad = copy.deepcopy(outcomes)
    bad[3]["above_truth"] = 0.2
    said = recovery.problems(bad, covered.assign(held=0.5))
    assert said[0] == "patient 3 converged 0.2 above the truth"
    assert "kidney, cycle 1: intervals hold 50.0%, asked are 84% to 95%" in said
    assert not any(s.startswith("liver") for s in said)


def test_parameters_are_written_out_as_a_user_would():
    prior = cycle_effect_fits.prior_of()
    phi = prior.mean.copy()
    phi[prior.names.index("kidney.receptor_density")] = np.log(3.0)
    phi[prior.names.index("lesions.k_release, common factor")] = np.log(2.0)
    phi[prior.names.index(cycle_effect_fits.FACTOR)] = np.log(0.9)
    typical = virtual_scans.medians(3)
    parameters, effects = virtual_scans.written_out(prior.coordinates, phi, typical, 3)
    value, unit = parameters["kidney.receptor_density"].split(" ")
    assert float(value) == pytest.approx(3.0, rel=1e-12)
    assert unit == "nmol/L"
    release = float(parameters["tumor_2.k_release"].split(" ")[0])
    assert release == pytest.approx(2.0 * typical["tumor_2.k_release"][0], rel=1e-12)
    assert [e["parameter"] for e in effects] == [f"tumor_{i}.receptor_density" for i in (1, 2, 3)]
    np.testing.assert_allclose(effects[0]["factors"], [1.0, 0.9, 0.81], rtol=1e-12)


def test_a_decline_is_recovered_and_its_term_chosen():
    study = cycle_effect_fits.Patients()
    found = [study.decline(i, 0.14) for i in range(2)]
    for o in found:
        assert abs(o["default_log"] - np.log(0.86)) < 3.0 * o["default_sd"]
        # The wide prior pulls less towards one.
        assert o["wide_log"] < o["default_log"] < 0.0
        assert o["default_sd"] < o["wide_sd"] < 0.1
    assert study.choice(0, 0.80)["evidence"] > 10.0
    assert study.choice(0, 1.0)["evidence"] < 0.0


def test_biases_and_wrong_choices_are_said():
    rng = np.random.default_rng(0)
    declines = [
        {
            "patient": i,
            "decline": d,
            "why": "",
            "default_log": np.log1p(-d) + shift + 0.04 * e,
            "default_sd": 0.04,
            "wide_log": np.log1p(-d) + 0.04 * e,
            "wide_sd": 0.04,
        }
        for d, shift in ((0.06, 0.0), (0.14, 0.03))
        for i, e in enumerate(rng.standard_normal(200))
    ]
    choices = [
        {"patient": i, "factor": f, "why": "", "evidence": e}
        for f, e in ((0.8, 5.0), (1.0, 1.0))
        for i in range(10)
    ]
    table, selection = cycle_effect_fits.recovered(declines), cycle_effect_fits.chosen(choices)
    assert isinstance(table, pd.DataFrame)
    said = cycle_effect_fits.problems(table, selection, [{"patient": 7, "why": "none ended"}])
    assert said[0] == "patient 7: none ended"
    assert any(s.startswith("decline 14%: bias is -") for s in said)
    assert any(s.startswith("decline 14%: intervals hold") for s in said)
    assert not any(s.startswith("decline 6%") for s in said)
    assert said[-1] == "factor 1.0: the right term is chosen in 0.0%"

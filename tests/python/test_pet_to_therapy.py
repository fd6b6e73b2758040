"""From a PET to the therapy of the same patient: prediction, update with the first SPECT, joint fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.fitting.occasions import in_regimen

MODEL = "sstr2_whole_body"
FREE = ["kidney.receptor_density", "spleen.receptor_density", "lesions.receptor_density", "k_release_normal"]  # fmt: skip
REGIONS = {"kidney": "organ", "spleen": "organ", "tumor": "tumor", "node": "tumor"}
PET = lt.Infusion(
    "dotatate", nuclide="Ga-68", activity="120 MBq", amount="10 nmol", duration="1 min"
)
THERAPY = {
    "ligand": "dotatate", "nuclide": "Lu-177", "activity": "7.4 GBq", "amount": "100 nmol",
    "duration": "30 min", "amino_acids": "lysine_arginine",
}  # fmt: skip
WEEK = 168.0


def patient() -> lt.Patient:
    return lt.Patient(
        sex="male", weight="74 kg", height="177 cm", gfr="95 mL/min",
        lesions=[lt.Lesion("tumor", volume="40 mL"), lt.Lesion("node", volume="15 mL")],
    )  # fmt: skip


def truth() -> lt.Patient:
    """Away from the medians of the prior, within its spread."""
    return patient().with_values(
        {"kidney.receptor_density": "3.0 nmol/L", "spleen.receptor_density": "9 nmol/L",
         "tumor.receptor_density": "35 nmol/L", "node.receptor_density": "18 nmol/L",
         "k_release_normal": "9e-3 1/h"}
    )  # fmt: skip


def course() -> lt.Regimen:
    """The PET as cycle 1 and the therapy a week later as cycle 2."""
    return lt.Regimen([PET, lt.Infusion(**THERAPY, at="7 day")])


def therapy() -> lt.Regimen:
    return lt.Regimen([lt.Infusion(**THERAPY)])


def measured(times: dict[int, tuple[float, ...]], *, joint: bool, seed: int = 3) -> lt.Observations:
    """Scans of the true patient, by cycle of the course: an hour after the PET, days after the therapy."""
    starts = {1: 0.0, 2: WEEK}
    every = {(c, t): starts[c] + t for c, all_times in times.items() for t in all_times}
    run = lt.simulate(MODEL, truth(), course(), times=sorted(every.values()))
    rows = []
    for (cycle, t), time in every.items():
        random = np.random.default_rng([seed, cycle, int(10 * t)])
        for region, kind in REGIONS.items():
            nuclide = {1: "Ga-68", 2: "Lu-177"}[cycle]
            # No 68Ga is left after a week, so the sum of the nuclides is the one of the scan.
            value = float(run.activity.sel(region=region, time=time))
            rows.append(
                {"patient": "p", "cycle": cycle if joint else 1, "region": region,
                 "region_class": kind, "t_h": t, "quantity": "activity", "unit": "MBq",
                 "value": value * np.exp(0.08 * random.standard_normal()),
                 "decay_corrected": False, "nuclide": nuclide,
                 "modality": {1: "PET", 2: "SPECT"}[cycle]}
            )  # fmt: skip
    return lt.Observations.from_frame(pd.DataFrame(rows))


PET_TIMES, SPECT_TIMES = {1: (1.0,)}, {2: (24.0, 96.0)}


@pytest.fixture(scope="module")
def pet() -> lt.Fit:
    return lt.fit(MODEL, patient(), PET, measured(PET_TIMES, joint=False), free=FREE, starts=2)


@pytest.fixture(scope="module")
def updated(pet: lt.Fit) -> lt.Fit:
    prior = lt.Prior.after(pet, regimen=therapy())
    table = measured(SPECT_TIMES, joint=False)
    return lt.fit(MODEL, patient(), therapy(), table, prior=prior, starts=2)


@pytest.fixture(scope="module")
def joint() -> lt.Fit:
    table = measured(PET_TIMES | SPECT_TIMES, joint=True)
    return lt.fit(MODEL, patient(), course(), table, free=FREE, starts=2)


def doses(fit: lt.Fit, given: lt.Regimen, cycle: int = 1) -> pd.DataFrame:
    table = fit.predict(regimen=given).dose
    return table[table["cycle"] == cycle].set_index("region").loc[list(REGIONS)]


def test_a_pet_predicts_the_therapy_with_intervals_that_hold(pet: lt.Fit, updated: lt.Fit):
    run = lt.simulate(MODEL, truth(), therapy())
    true = lt.absorbed_dose(run).table["cycle_1"].loc[list(REGIONS)]
    before, after = doses(pet, therapy()), doses(updated, therapy())
    for table in (before, after):
        assert true.between(table["low_Gy"], table["high_Gy"]).all()
    # The PET sees uptake, not release, which is that of the prior; the SPECT sees both. An early PET
    # tells the dose of the kidneys within 9 %, as their label stays.
    assert (after["cv"] < 0.75 * before["cv"]).all()
    assert (after["cv"] < 0.3 * before["cv"])[["tumor", "node"]].all()
    assert (before["cv"] < 0.9 * doses_of_prior()["cv"]).all()


def doses_of_prior() -> pd.DataFrame:
    """Predict from the prior: from the fit of a scan so uncertain that it says nothing."""
    frame = measured(PET_TIMES, joint=False).frame.drop(
        columns=["activity_MBq", "sd_MBq", "detection_limit_MBq"]
    )
    none = {f"{kind} PET Ga-68": lt.ErrorModel(cv=50.0) for kind in ("organ", "tumor")}
    nothing = lt.fit(MODEL, patient(), PET, lt.Observations.from_frame(frame), free=FREE, errors=none,
                     starts=1)  # fmt: skip
    return doses(nothing, therapy())


def test_an_update_agrees_with_the_joint_fit(updated: lt.Fit, joint: lt.Fit):
    n = updated.model_coordinates
    assert updated.prior.names[:n] == joint.prior.names[:n]
    sd, sd_joint = (np.sqrt(np.diag(f.covariance)[:n]) for f in (updated, joint))
    # They differ by what is not normal about the posterior of the PET.
    assert (np.abs(updated.phi[:n] - joint.phi[:n]) < 0.1 * sd_joint).all()
    np.testing.assert_allclose(sd, sd_joint, rtol=0.03)
    one, both = doses(updated, therapy()), doses(joint, course(), cycle=2)
    np.testing.assert_allclose(one["absorbed_dose_Gy"], both["absorbed_dose_Gy"], rtol=0.015)
    np.testing.assert_allclose(one["cv"], both["cv"], rtol=0.03)


def test_the_posterior_becomes_the_prior(pet: lt.Fit):
    after = lt.Prior.after(pet)
    n = pet.model_coordinates
    assert after.names == pet.prior.names[:n]
    np.testing.assert_array_equal(after.mean, pet.phi[:n])
    np.testing.assert_allclose(after.covariance, pet.covariance[:n, :n], rtol=1e-9)


@pytest.fixture(scope="module")
def varying() -> lt.Fit:
    """Two cycles of therapy with a decline, and variation from cycle to cycle."""
    two = lt.repeat(lt.Infusion(**THERAPY), every="8 week", count=2)
    run = lt.simulate(MODEL, truth(), two, times=[24.0, 96.0, 1368.0, 1440.0])
    rows = [
        {"patient": "p", "cycle": 1 + k // 2, "region": region, "region_class": kind,
         "t_h": (24.0, 96.0)[k % 2], "quantity": "activity", "unit": "MBq",
         "value": float(run.activity.sel(region=region)[k]) * (0.8 if k > 1 and kind == "tumor" else 1),
         "decay_corrected": False, "nuclide": "Lu-177", "modality": "SPECT"}
        for region, kind in REGIONS.items() for k in range(4)
    ]  # fmt: skip
    return lt.fit(MODEL, patient(), two, lt.Observations.from_frame(pd.DataFrame(rows)), free=FREE,
                  cycle_effect={"lesions.receptor_density": "per_cycle_factor"},
                  between_cycles=["kidney.receptor_density"], starts=1)  # fmt: skip


VARIATION = "kidney.receptor_density, variation of cycle {}"


def test_cycles_that_were_not_seen_vary_as_before_the_fit(varying: lt.Fit):
    four = lt.repeat(lt.Infusion(**THERAPY), every="8 week", count=4)
    own, phi, covariance = in_regimen(varying, four)
    names = [c.name for c in own]
    assert names[-4:] == [VARIATION.format(c) for c in (1, 2, 3, 4)]
    sd = dict(zip(names, np.sqrt(np.diag(covariance)), strict=True))
    of_prior = (
        varying.prior.covariance[varying.prior._index(VARIATION.format(1))]
        @ np.eye(len(varying.prior.mean))[varying.prior._index(VARIATION.format(1))]
    )
    assert sd[VARIATION.format(1)] < np.sqrt(of_prior)
    assert sd[VARIATION.format(3)] == sd[VARIATION.format(4)] == np.sqrt(of_prior)
    values = dict(zip(names, phi, strict=True))
    assert values[VARIATION.format(2)] == varying.phi[varying.prior._index(VARIATION.format(2))]
    assert values[VARIATION.format(3)] == 0.0
    # Another course shares no cycle with the fit: another nuclide, or another time.
    for other in (PET, lt.Infusion(**{**THERAPY, "nuclide": "Y-90"}, at="1 day")):
        own, phi, covariance = in_regimen(varying, lt.Regimen([other]))
        assert [c.name for c in own if "variation" in c.name] == [VARIATION.format(1)]
        assert own[-1].name == VARIATION.format(1)
        assert phi[-1] == 0.0
        assert covariance[-1, -1] == of_prior
    # An earlier second cycle is another one; the first is the same.
    earlier = lt.repeat(lt.Infusion(**THERAPY), every="6 week", count=2)
    own, phi, covariance = in_regimen(varying, earlier)
    names = [c.name for c in own]
    assert len(set(names)) == len(names)
    first, second = (names.index(VARIATION.format(c)) for c in (1, 2))
    assert covariance[first, first] < of_prior == covariance[second, second]


def test_a_factor_per_cycle_goes_on(varying: lt.Fit):
    four = lt.repeat(lt.Infusion(**THERAPY), every="8 week", count=4)
    factor = varying.parameters.loc["lesions.receptor_density, factor per cycle", "value"]
    assert factor < 0.9
    values = {c.name: c.value(p) for c, p in zip(*in_regimen(varying, None)[:2], strict=True)}
    person = lt.Patient(
        sex="male", weight="74 kg", height="177 cm", gfr="95 mL/min",
        lesions=[lt.Lesion("tumor", volume="40 mL"), lt.Lesion("node", volume="15 mL")],
        cycle_effects=[
            {"parameter": "lesions.receptor_density", "term": "per_cycle_factor", "factor": factor},
            {"parameter": "kidney.receptor_density", "term": "free_per_cycle",
             "factors": [1, *(values[VARIATION.format(c)] / values[VARIATION.format(1)] if c == 2
                              else 1 / values[VARIATION.format(1)] for c in (2, 3, 4))]},
        ],
    )  # fmt: skip
    fitted = {name: f"{values[name]:.17g} nmol/L" for name in
              ("spleen.receptor_density", "tumor.receptor_density", "node.receptor_density")}  # fmt: skip
    fitted["kidney.receptor_density"] = (
        f"{values['kidney.receptor_density'] * values[VARIATION.format(1)]:.17g} nmol/L"
    )
    fitted["k_release_normal"] = f"{values['k_release_normal']:.17g} 1/h"
    run = lt.simulate(MODEL, person, four, parameters=fitted)
    table = lt.absorbed_dose(run).table
    for cycle in (1, 2, 3, 4):
        predicted = doses(varying, four, cycle)["absorbed_dose_Gy"]
        np.testing.assert_allclose(predicted, table.loc[list(REGIONS), f"cycle_{cycle}"], rtol=1e-5)

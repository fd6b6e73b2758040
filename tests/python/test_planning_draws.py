"""Patients drawn from a fit."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.planning.draws import posterior_draws

LIMITS = [lt.Limit("kidney", "23 Gy")]


@pytest.fixture(scope="module")
def case():
    return lt.read_case("fit_example")


@pytest.fixture(scope="module")
def fit(case):
    first = lt.case_observations(case).frame
    table = lt.Observations.from_frame(first[first["cycle"] == 1])
    return lt.fit(
        case.model,
        lt.case_patients(case)[0],
        lt.case_regimen(case),
        table,
        cycle_effect={"lesions.receptor_density": "per_cycle_factor"},
        between_cycles=["kidney.receptor_density"],
        starts=1,
    )


def test_the_most_probable_patient_gets_the_doses_the_fit_predicts(fit, case):
    regimen = lt.case_regimen(case)
    drawn = posterior_draws(fit, 3, 1, regimen)
    run = lt.simulate(case.model, drawn.patient, regimen, rtol=fit._setup.rtol)
    dose = lt.absorbed_dose(run).table[[f"cycle_{c}" for c in range(1, 5)]]
    predicted = fit.predict().dose.pivot(index="region", columns="cycle", values="absorbed_dose_Gy")
    np.testing.assert_allclose(dose, predicted.loc[dose.index], rtol=1e-5)


def test_draws_spread_as_the_fit_says(fit, case):
    regimen = lt.case_regimen(case)
    drawn = posterior_draws(fit, 300, 1, regimen)
    assert drawn.table is None  # factors follow the cycles
    cohort = lt.simulate_many(case.model, drawn.people, regimen)
    dose = cohort.data["absorbed_dose"]
    predicted = fit.predict().data["absorbed_dose_sd"]
    for region in ("kidney", "liver_1"):
        for cycle in (1, 4):
            at = {"region": region, "cycle": cycle}
            spread = np.log(dose.sel(at)).std().item()
            linear = predicted.sel(target=region, cycle=cycle).item()
            # 300 draws know a standard deviation within 4 %; the linear one is off by its square.
            assert spread == pytest.approx(linear, rel=0.16), at


def test_a_fit_without_factors_is_a_table(case):
    scans = pd.DataFrame({"t_h": [24.0, 96.0, 168.0], "value": [136.0, 52.1, 19.8]})
    table = lt.Observations.from_frame(
        scans,
        defaults=dict(
            patient="A",
            cycle=1,
            region="kidney",
            region_class="organ",
            quantity="activity",
            unit="MBq",
            decay_corrected=False,
            modality="SPECT",
            nuclide="Lu-177",
        ),
    )
    fit = lt.fit(
        "sstr2_whole_body",
        "reference_male",
        "netter1",
        table,
        starts=1,
        free=["kidney.receptor_density", "k_release_normal"],
    )
    asked = dict(limits=LIMITS, cycles=4, objective="cumulative_activity")
    plan = lt.plan("sstr2_whole_body", "reference_male", "netter1", draws=fit, n=60, **asked)
    prior = lt.virtual_patients("sstr2_whole_body", "reference_male", "netter1", n=60, seed=1)
    before = lt.plan("sstr2_whole_body", "reference_male", "netter1", draws=prior, **asked)
    assert plan.members == 60
    assert plan._runs.table.columns.tolist() == [
        "kidney.receptor_density [nmol/L]",
        "k_release_normal [1/h]",
    ]
    spread = [np.log(p.draws()["kidney absorbed dose_Gy"]).std() for p in (plan, before)]
    assert spread[0] < 0.5 * spread[1]
    fresh = plan.check(fit, n=60, seed=9)
    assert fresh["draws"].tolist() == [60, 60]
    assert fresh["violations"].tolist() != [0, 0]
    # Verified for the most probable patient, near the median of the draws.
    limits = plan.limits
    assert limits["verified_Gy"].item() == pytest.approx(limits["median_Gy"].item(), rel=0.05)

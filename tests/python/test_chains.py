"""Decay chains: against radioactivedecay, in the whole body, in files and in results."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import lutetia as lt

HEADS = ["Ac-225", "Pb-212", "At-211", "Bi-213", "Bi-212", "Ra-224", "Lu-177m"]
GIVEN = {"amount": "100 nmol", "duration": "30 min"}


@pytest.fixture(scope="module")
def reference():
    return lt.read_patient("reference_male")


@pytest.fixture(scope="module")
def model():
    return lt.read_model("sstr2_whole_body", modules=["free_daughters"])


def actinium(**more):
    return lt.Infusion("dotatate", nuclide="Ac-225", activity="8.5 MBq", **{**GIVEN, **more})


@pytest.fixture(scope="module")
def run(model, reference):
    return lt.simulate(model, reference, actinium())


@pytest.fixture(scope="module")
def as_printed(tmp_path_factory):
    """The library without Rn-217, which the ICRP 107 index does not give as a daughter of At-217."""
    root = tmp_path_factory.mktemp("library")
    shutil.copytree(Path(lt.library().root) / "nuclides", root / "nuclides")
    astatine = root / "nuclides" / "at217.yaml"
    lines = astatine.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if "Rn-217" in line)
    astatine.write_text("\n".join(lines[:at] + lines[at + 2 :]))
    return lt.library(root)


@pytest.mark.parametrize("head", HEADS)
def test_chains_agree_with_radioactivedecay(head, as_printed):
    """Its solver loses digits to half-lives of microseconds beside days: some 1e-9 remain."""
    rd = pytest.importorskip("radioactivedecay")
    hours = [0.01, 0.3, 2.0, 24.0, 240.0]
    table = lt.chain_activities(head, "1 MBq", hours, prompt=0, library=as_printed)
    for time in hours:
        other = rd.Inventory({head: 1.0}, "MBq").decay(time, "h").activities("MBq")
        for member in table.columns:
            assert table.at[time, member] == pytest.approx(other[member], rel=1e-8, abs=1e-12)
    for name in table.columns:
        row = lt.decay_chain(head, prompt=0, library=as_printed).loc[name]
        assert row["half_life_h"] == pytest.approx(rd.Nuclide(name).half_life("h"), rel=1e-12)


def test_prompt_members_are_in_equilibrium_from_the_start():
    """213Bi is born 47 ms after its parent: a delay of 0.26 % in 36 s, of 1e-5 in a day."""
    exact = lt.chain_activities("Ac-225", 1.0, [0.01, 24.0], prompt=0)["Bi-213"]
    at_once = lt.chain_activities("Ac-225", 1.0, [0.01, 24.0])["Bi-213"]
    assert at_once.iloc[0] / exact.iloc[0] - 1 == pytest.approx(2.6e-3, rel=0.05)
    assert abs(at_once.iloc[1] / exact.iloc[1] - 1) < 1e-6


def test_negative_times_and_activities_are_refused():
    with pytest.raises(
        lt.DataError, match="times of a decay chain must not be negative, found -1 h"
    ):
        lt.chain_activities("Ac-225", "1 MBq", [1, -1])
    with pytest.raises(lt.DataError, match="the activity must not be negative, found -1 MBq"):
        lt.chain_activities("Ac-225", "-1 MBq", 1)


def test_a_run_has_the_activity_of_every_member(run):
    assert list(run.data["nuclide"].values) == ["Ac-225", "Fr-221", "Bi-213", "Pb-209", "Tl-209"]
    tia = run.time_integrated_activity()["tia_MBq_h"].xs("total", level="cycle")
    kidney = tia.loc["kidney"]
    assert kidney["Bi-213"] > kidney["Ac-225"] > kidney["Fr-221"]
    assert run.data.attrs["mass_balance_labeled"] < 1e-11
    assert not any("not followed" in warning for warning in run.warnings())
    free = [warning for warning in run.warnings() if "free atoms that left the blood" in warning]
    assert len(free) == 1
    assert "of the decays of Pb-209 in the body" in free[0]


def test_free_daughters_in_blood_irradiate_organs_by_their_share_of_the_plasma(
    run, model, reference
):
    """All francium of plasma is free, so that of the brain, which has nothing but plasma, is its share of it."""
    tia = run.time_integrated_activity()["tia_MBq_h"].xs("total", level="cycle").unstack("nuclide")
    plasma = float(run.volumes().sel(region="serum"))
    share = 0.012 * plasma / (plasma + 0.1 * float(run.volumes().sel(region="tumor")))
    assert tia.at["brain", "Fr-221"] == pytest.approx(share * tia.at["serum", "Fr-221"], rel=1e-9)
    rate = lt.dose_rate(run, [2.0]).sel(region="brain")
    alone = lt.dose_rate(lt.simulate(model, still(reference), actinium()), [2.0]).sel(
        region="brain"
    )
    # What is born in the brain stays there: less than plasma of the whole body brings to it.
    assert float(rate[0]) > 1.05 * float(alone[0])


def still(patient):
    """Nothing is released: all daughters decay where the parent did."""
    return patient.with_values(
        {"released_from_fluid": 0, "released_from_surface": 0, "retained_in_cells": 1}
    )


def test_free_bismuth_goes_to_the_kidneys_in_proportion_to_its_share(model, reference):
    """The pool in blood is linear: what the kidneys take of it follows their share exactly."""

    def bismuth(share):
        patient = reference.with_values({"bismuth.kidney_share": share})
        tia = lt.simulate(model, patient, actinium()).time_integrated_activity()["tia_MBq_h"]
        return float(tia.loc[("kidney", "Bi-213", "total")])

    none, some, twice = bismuth(0.0), bismuth(0.4), bismuth(0.8)
    # Elsewhere takes what the kidneys leave: the total uptake, hence the pool, is the same.
    assert twice - some == pytest.approx(some - none, rel=1e-5)
    assert some > 1.5 * none


def test_nothing_is_released_where_the_user_says_so(model, reference):
    """All daughters then decay where the parent did: local equilibrium."""
    tia = lt.simulate(model, still(reference), actinium()).time_integrated_activity()["tia_MBq_h"]
    totals = tia.xs("total", level="cycle").unstack("nuclide")
    organs = ["kidney", "liver", "spleen", "tumor"]
    np.testing.assert_allclose(
        totals.loc[organs, "Fr-221"], totals.loc[organs, "Ac-225"], rtol=1e-5
    )
    np.testing.assert_allclose(
        totals.loc[organs, "Bi-213"], 0.99988 * totals.loc[organs, "Ac-225"], rtol=1e-5
    )


def test_derivatives_of_a_chain_agree_with_differences(model, reference):
    names = ["bismuth.kidney_share", "retained_in_cells", "kidney.receptor_density"]
    report = lt.check_derivatives(model, reference, actinium(duration="10 min"), names, end="30 h")
    assert report["passed"].all(), report


def test_bed_is_differentiated_with_the_share_of_blood(model, reference):
    """The brain has nothing but plasma: its part of the plasma is a factor on all its activity."""
    name, value = "brain.plasma_fraction", 0.012
    dose = lt.Bolus("dotatate", nuclide="Ac-225", activity="200 MBq", amount="100 nmol")
    given = {"end": "100 h", "rtol": 1e-8}
    exact = lt.sensitivities(model, reference, dose, [name], **given).biologically_effective_dose
    beds = [
        lt.biologically_effective_dose(
            lt.simulate(model, reference, dose, parameters={name: value * f}, **given)
        ).table.at["brain", "BED_Gy"]
        for f in (0.99, 1.01)
    ]
    # The difference errs by 1e-4 of the curvature, which is small: dose is nearly linear in the share.
    assert float(exact.sel(region="brain").sum()) == pytest.approx(
        (beds[1] - beds[0]) / (0.02 * value), rel=1e-4
    )


def test_the_share_the_chelator_loses_is_a_parameter_with_derivatives(model, reference):
    lead = lt.Bolus("dotamtate", nuclide="Pb-212", activity="100 MBq", amount="50 nmol")
    report = lt.check_derivatives(model, reference, lead, ["Pb-212.freed_share"], end="30 h")
    assert report["passed"].all(), report


def test_an_impurity_comes_along_and_its_daughter_with_it(reference):
    pure = lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", **GIVEN)
    impure = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", impurities={"Lu-177m": 1e-4}, **GIVEN
    )
    runs = [lt.simulate("sstr2_whole_body", reference, dose) for dose in (pure, impure)]
    assert list(runs[1].data["nuclide"].values) == ["Lu-177", "Lu-177m"]
    activity = runs[1].data["administered_activity"].sel(nuclide="Lu-177m")
    assert float(activity.sum()) == pytest.approx(0.74)
    doses = [float(lt.absorbed_dose(r).table.loc["kidney", "total"]) for r in runs]
    assert 0.0 < doses[1] / doses[0] - 1.0 < 0.0049
    assert runs[1].data.attrs["mass_balance_labeled"] < 1e-11


def test_what_is_left_out_is_named(model, reference):
    run = lt.simulate(
        model, reference, lt.Infusion("dotatate", nuclide="At-211", activity="100 MBq", **GIVEN)
    )
    assert list(run.data["nuclide"].values) == ["At-211"]
    assert "At-211 decays to Bi-207 (41.8 %), which is not followed" in run.warnings()


def test_many_members_and_saved_runs_keep_their_daughters(model, reference, run, tmp_path):
    shares = {"bismuth.kidney_share": [0.5, 0.7, 0.9]}
    many = lt.simulate_many(
        model, reference, actinium(), parameters=shares, observe=["total_absorbed_dose"], rtol=1e-6
    )
    kidney = many.data["total_absorbed_dose"].sel(region="kidney").values
    assert kidney[1] == pytest.approx(
        float(lt.absorbed_dose(run).table.loc["kidney", "total"]), rel=1e-5
    )
    assert kidney[0] < kidney[1] < kidney[2]
    run.save(tmp_path / "run.nc")
    again = lt.load_run(tmp_path / "run.nc")
    assert lt.absorbed_dose(again).table.equals(lt.absorbed_dose(run).table)

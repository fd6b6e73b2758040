"""What plans say besides their numbers: what a limit means, what draws are not, what cells do."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt

MODEL, PATIENT = "sstr2_whole_body", "reference_male_six_lesions"
COURSE = (MODEL, PATIENT, "netter1")
KIDNEY = [lt.Limit("kidney", "23 Gy")]


def test_a_limit_of_absorbed_dose_says_what_it_means_for_alpha_particles(tmp_path):
    model = lt.read_model(MODEL, modules=["free_daughters"])
    alpha = (model, PATIENT, "ac225_dotatate")
    plan = lt.plan(*alpha, limits=KIDNEY, cycles=2)
    parts = lt.absorbed_dose(lt.simulate(model, PATIENT, plan.regimen)).parts
    share = float(
        parts.sel(region="kidney", emission="alpha").sum() / parts.sel(region="kidney").sum()
    )
    assert 0.9 < share < 1.0
    bed = plan.doses.at["kidney", "BED_Gy"]
    (note,) = [line for line in plan.notes if "alpha" in line]
    assert note == (
        f"alpha particles give {share:.0%} of the kidney absorbed dose, but the limit of 23 Gy comes from photons: "
        f"with an RBE of 5 it is a BED of {bed:.4g} Gy; limit the BED instead"
    )
    assert note in plan.summary()
    assert note in plan.report(tmp_path / "plan.html").read_text()
    by_bed = lt.plan(*alpha, limits=[lt.Limit("kidney", "40 Gy", quantity="BED")], cycles=2)
    beta = lt.plan(*COURSE, limits=KIDNEY, cycles=2)
    assert not [line for plan in (by_bed, beta) for line in plan.notes if "alpha" in line]


def test_draws_that_are_not_log_normal_are_said_to_be_none():
    # One in ten keeps much more in the kidneys than the spread of all supposes.
    density = np.where(np.arange(100) % 10, 2.2, 8.0)
    two_kinds = pd.DataFrame({"kidney.receptor_density [nmol/L]": density})
    asked = dict(limits=KIDNEY, cycles=2, risk=0.05)
    plan = lt.plan(*COURSE, draws=two_kinds, chance="lognormal", **asked)
    row = plan.risks.loc["kidney absorbed dose"]
    assert row["violation_probability"] > 0.05
    note = (
        f"{row['violation_probability']:.1%} of the draws exceed the kidney absorbed dose, 5.0% asked: "
        "they are not log-normal; chance='scenarios' does not suppose it"
    )
    assert note in plan.notes
    assert note in plan.summary()
    scenarios = lt.plan(*COURSE, draws=two_kinds, **asked)
    assert not [line for line in scenarios.notes if "log-normal" in line]


@pytest.mark.parametrize("objective", ["log_cell_kill", "tcp"])
def test_plans_by_cell_kill_carry_the_caution_of_its_numbers(objective, tmp_path):
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=2, objective=objective)
    caution = "The radiosensitivity was fitted to volumes of prostate cancer"
    assert plan.caution.startswith(caution)
    assert f"caution: {plan.caution}" in plan.summary()
    assert plan.caution in plan.report(tmp_path / "plan.html").read_text()
    assert lt.plan(*COURSE, limits=KIDNEY, cycles=2).caution == ""
    counts = [*KIDNEY, lt.CountLimit("platelets", "75e9 1/L")]
    both = lt.plan(*COURSE, limits=counts, cycles=2, objective=objective)
    assert caution in both.caution
    assert "did not predict toxicity" in both.caution
    page = both.report(tmp_path / "both.html").read_text()
    assert both.caution_of_kill in page
    assert both.caution_of_counts in page


def test_a_negative_cell_kill_is_said_to_be_growth():
    asked = dict(limits=KIDNEY, cycles=4, objective="log_cell_kill")
    plan = lt.plan(*COURSE, **asked)
    assert plan.objective < 0.0
    (note,) = [line for line in plan.notes if line.startswith("net growth")]
    assert note == (
        "net growth: between the first and the last cycle more cells grow than are killed in node_2, bone_1 "
        f"(log cell kill down to {plan.objective:.3g})"
    )
    killed = lt.plan(*COURSE, kill=lt.CellKill(doubling_time=np.inf), **asked)
    assert not [line for line in killed.notes if line.startswith("net growth")]

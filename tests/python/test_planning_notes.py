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


def test_summaries_show_the_units_a_reader_expects():
    kill = lt.plan(*COURSE, limits=KIDNEY, cycles=4, objective="log_cell_kill")
    assert "by log cell kill: -0.138\n" in kill.summary()
    most = lt.plan(*COURSE, limits=KIDNEY, cycles=4, objective="cumulative_activity")
    assert "by cumulative activity: 37.22 GBq\n" in most.summary()
    model = lt.read_model(MODEL, modules=["free_daughters"])
    asked = dict(limits=KIDNEY, cycles=2, interval="2 day", objective="cumulative_activity")
    alpha = lt.plan(model, PATIENT, "ac225_dotatate", **asked)
    assert repr(alpha).startswith("<Plan: 2 cycles every 2 days with 100 nmol and 55.1")
    assert " MBq each; kidney" in repr(alpha)
    assert "by cumulative activity: 110." in alpha.summary()
    assert "smallest useful cycle: 1.7 MBq" in alpha.summary()
    with pytest.raises(lt.PlanError, match=r"at most [.\d]+ MBq per cycle .* activity of 1\.7 MBq"):
        lt.plan(model, PATIENT, "ac225_dotatate", limits=[lt.Limit("kidney", "0.5 Gy")], cycles=2)


def test_cycles_that_get_nothing_are_shown_as_such():
    plan = lt.plan(
        *COURSE,
        limits=KIDNEY,
        cycles=3,
        objective="minimum_lesion_bed",
        activities="free",
        smallest_activity=0,
    )
    assert repr(plan) == (
        "<Plan: 3 cycles every 8 weeks with 100 nmol and 37.22 + 0 + 0 GBq; kidney absorbed dose binds>"
    )


def test_figures_of_plans_show_every_schedule():
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=range(1, 5))  # coincide: nothing but 23 Gy counts
    ax = plan.plot().axes[2]
    assert ax.get_title() == "schedules"
    rings = [c for c in ax.collections if c.get_label() in "1234"]
    assert [c.get_label() for c in rings] == ["4", "3", "2", "1"]
    widths = [float(c.get_sizes()[0]) for c in rings]
    assert widths == sorted(set(widths), reverse=True)
    assert all(c.get_facecolor().size == 0 for c in rings)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["4", "3", "2", "1", "chosen"]
    labels_of = {}
    for cycles in ([2, 3], [2, 30]):  # thirty of 1.2 GBq are less than useful
        found = lt.plan(*COURSE, limits=KIDNEY, cycles=cycles)
        legend = found.plot().axes[2].get_legend()
        labels_of[found.table["feasible"].all()] = [text.get_text() for text in legend.get_texts()]
    assert labels_of == {True: ["3", "2", "chosen"], False: ["30", "2", "not allowed", "chosen"]}


def test_texts_of_bars_do_not_meet_the_diamonds():
    draws = lt.virtual_patients(*COURSE, n=60, seed=1)
    limits = [*KIDNEY, lt.Limit("red_marrow", "2 Gy")]
    figure = lt.plan(*COURSE, limits=limits, cycles=2, draws=draws).plot()
    figure.canvas.draw()
    ax = figure.axes[0]
    texts = [t for t in ax.texts if "median" in t.get_text()]
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert len(texts) == len(diamonds) == 2
    for text, diamond in zip(texts, diamonds, strict=True):
        assert not text.get_window_extent().overlaps(diamond.get_window_extent())
    assert "limit" in [t.get_text() for t in ax.texts]


def test_the_chosen_schedule_is_marked(tmp_path):
    plan = lt.plan(*COURSE, limits=KIDNEY, cycles=range(1, 5))
    assert plan.table["chosen"].sum() == 1
    row = plan.table[plan.table["chosen"]].iloc[0]
    assert row["cycles"] == len(plan.activities) == 4  # as the template, of equally good ones
    page = plan.report(tmp_path / "plan.html").read_text()
    assert page.count(">chosen<") == 1

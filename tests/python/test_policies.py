"""Named policies, limits of the library, and cases with a plan."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import lutetia as lt
from lutetia import _core
from lutetia.cli import main
from lutetia.data import shipped

MODEL, PATIENT = "sstr2_whole_body", "reference_male_six_lesions"
POLICIES = shipped().names("policy")


def test_every_policy_gives_the_reference_patient_a_regimen_or_says_why_not():
    found = {}
    for name in POLICIES:
        policy = lt.policy(name)
        assert policy.name == name
        assert policy.sources
        try:
            found[name] = policy.regimen(MODEL, PATIENT)
        except lt.PlanError as error:
            found[name] = error.binding
    assert found.pop("lesion_80_120_gy") is not None
    assert {name for name, r in found.items() if isinstance(r, str)} == set()
    per_cycle = {name: [a["activity_MBq"] for a in r.administrations] for name, r in found.items()}
    assert per_cycle["fixed_4x7p4"] == [7400.0] * 4
    assert per_cycle["reduced_3p7"] == [3700.0] * 4
    assert len(per_cycle["salvage"]) == 6
    assert len(per_cycle["second_salvage"]) == 8
    assert set(per_cycle["kidney_23_gy"]) == {7400.0}
    assert len(per_cycle["kidney_bed_40_gy"]) > len(per_cycle["kidney_bed_27_gy"])
    assert len(per_cycle["p_prrt"]) == 4
    first, *others = per_cycle["y90_adaptive"]
    assert first == 4400.0
    assert others == [others[0]] * 2


def test_the_policy_of_a_fixed_activity_gives_the_last_cycle_the_limit_allows():
    regimen = lt.policy("kidney_23_gy").regimen(MODEL, PATIENT)
    run = lt.simulate(MODEL, PATIENT, regimen)
    dose = lt.absorbed_dose(run).table.loc["kidney", "total"]
    assert dose <= 23.0 < dose * (len(regimen) + 1) / len(regimen)


def test_the_adaptive_policy_of_y90_plans_on_after_its_first_cycle():
    y90 = lt.policy("y90_adaptive")
    plan = y90.plan(MODEL, PATIENT)
    run = lt.simulate(MODEL, PATIENT, plan.regimen)
    dose = lt.absorbed_dose(run).table
    limits = {limit.region: limit.gray for limit in lt.dose_limits("kidney_23_gy")}
    used = {region: dose.loc[region, "total"] / most for region, most in limits.items()}
    assert max(used.values()) == pytest.approx(1.0, rel=1e-4)  # of runs with their tolerance
    # Measured doses that are higher leave less for the others; the first is past.
    names = [*limits, *lt.read_patient(PATIENT).lesions]
    first = lt.Regimen([lt.Infusion(**FIRST_Y90)])
    measured = lt.Delivered(first, {name: 1.3 * dose.loc[name, "cycle_1"] for name in names})
    rest = plan.after(measured)
    assert len(rest.activities) == 2
    assert rest.activities[0] == rest.activities[1] < plan.activities[1]


FIRST_Y90 = {
    "ligand": "dotatoc",
    "nuclide": "Y-90",
    "activity": "4.4 GBq",
    "amount": "100 nmol",
    "duration": "30 min",
    "amino_acids": "lysine_arginine",
}


def test_a_policy_that_adapts_nothing_has_no_plan():
    with pytest.raises(
        ValueError, match="policy 'fixed_4x7p4' adapts nothing; its regimen is `prescribed`"
    ):
        lt.policy("fixed_4x7p4").plan(MODEL, PATIENT)
    assert repr(lt.policy("fixed_4x7p4")).startswith(
        "<Policy 'fixed_4x7p4': The approved fixed course"
    )


@pytest.mark.parametrize("name", shipped().names("dose_limits"))
def test_limits_of_the_library_have_sources(name):
    for limit in lt.dose_limits(name):
        assert limit.source
        assert limit.tag


def test_the_limit_by_complications_is_that_of_lyman_s_curve():
    from scipy.stats import norm

    (kidney, _) = lt.dose_limits("kidney_ntcp_5")
    assert kidney.gray == pytest.approx(50.4 * (1.0 + 0.10 * norm.ppf(0.05)), abs=0.005)


def test_assumptions_of_plans_are_data():
    found = _core.planning_assumptions(shipped(), "default")
    assert found["measured_dose_error"] == {"one_scan": "19 %", "three_scans": "13 %"}
    assert found["useful_cycle"] == {"smallest_share": "20 %"}
    assert found["stop"] == {"gfr": "40 mL/min", "neutrophils": "1e9 1/L", "platelets": "75e9 1/L"}


def test_the_case_of_one_patient_is_planned_and_written(tmp_path):
    result = CliRunner().invoke(main, ["plan", "plan_one_patient", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "research use only" in result.output.lower()
    written = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["binding"] in ("kidney BED", "largest activity")
    assert written["candidates"] == 5 * 2 * 3
    limits = pd.DataFrame(written["limits"]).set_index("limit")
    np.testing.assert_allclose(limits["verified_Gy"], limits["value_Gy"], rtol=1e-5)
    assert (limits["value_Gy"] <= limits["limit_Gy"] * (1.0 + 1e-9)).all()
    regimen = lt.prescription.regimen_of(written["regimen"])
    dose = lt.absorbed_dose(lt.simulate(MODEL, PATIENT, regimen)).table["total"]
    doses = pd.DataFrame(written["doses"]).set_index("region")["absorbed_dose_Gy"]
    np.testing.assert_allclose(dose[doses.index], doses, rtol=1e-5)
    table = pd.read_csv(tmp_path / "out" / "plan.csv")
    assert len(table) == written["candidates"]
    assert (tmp_path / "out" / "plan.png").stat().st_size > 10_000
    # Intervals of six and eight weeks serve as well as each other; the regimen of the case has eight.
    assert (
        np.diff(np.unique(np.round([a["time_h"] for a in regimen.administrations])))[0] == 8 * 168
    )


def test_the_report_of_a_plan_lists_what_it_rests_on(tmp_path):
    out = tmp_path / "out"
    CliRunner().invoke(main, ["plan", "plan_one_patient", "--out", str(out), "--quiet"])
    written = json.loads((out / "plan.json").read_text())
    numbers = {row["name"]: row["tag"] for row in written["assumptions"]}
    assert numbers["hematocrit"] == "A"
    assert numbers["tissues kidney.half_life"] == "S"
    assert CliRunner().invoke(main, ["report", str(out)]).exit_code == 0
    page = (out / "report.html").read_text()
    assert "limits of the plan" in page
    assert f"<td>{written['objective']:.4g} Gy</td>" in page
    given = lt.prescription.regimen_of(written["regimen"])
    assert f"<td>{given.administrations[0]['activity_MBq'] / 1000.0:.4g}</td>" in page
    assert not re.search(
        r"<td>(nan|None|NaN|True|False|-?\d+\.\d{6,})</td>", page.split("Assumptions")[0]
    )
    assert "Columns without a value in any row: duration, amino_acids, route, reason." in page
    assert "tissues kidney.half_life" in page
    assert "Budiansah" in page  # a citation


def test_the_case_under_uncertainty_holds_its_risk(tmp_path):
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, ["plan", "plan_with_95_percent", "--out", str(out), "--quiet"]
    )
    assert result.exit_code == 0, result.output
    assert result.output == ""
    shown = CliRunner().invoke(main, ["plan", "plan_with_95_percent", "--out", str(out)]).output
    assert "fresh ones exceed what binds in 5.0% on average over sets of draws" in shown
    written = json.loads((out / "plan.json").read_text())
    assert written["risks"][-1]["limit"] == "any limit"
    target, share, useful, joint = written["notes"]
    assert target.startswith("target of the mean of the lesions: at least 30 Gy wanted, ")
    assert share.startswith("within in 9")
    assert useful == "smallest useful cycle: 1.48 GBq (20% of the template, assumed [A])"
    assert joint.startswith("any limit is exceeded in 4.5% of the draws (2.4% to 8.3%)")
    assert written["target"]["lesions"] == 6
    table = pd.read_csv(out / "plan.csv")
    assert set(table["over_draws"]) == {"mean"}
    assert len(set(table["objective"].round(3))) == 9  # a real choice
    shares = [row["violation_probability"] for row in written["limits"]]
    assert 0.0 < max(shares) <= 0.05
    assert written["courses_run"] == 3 * 3 * 200


CASE = """lutetia: 1
case: broken
model: sstr2_whole_body
patient: reference_male
regimen: netter1
"""


def run_case(tmp_path, text):
    file = tmp_path / "broken.yaml"
    file.write_text(CASE + text)
    return CliRunner().invoke(main, ["plan", str(file), "--out", str(tmp_path / "out"), "--quiet"])


def test_a_case_without_settings_of_a_plan_is_refused(tmp_path):
    result = run_case(tmp_path, "")
    assert result.exit_code == 2
    assert (
        "case 'broken' has no settings of a plan; write for example plan: {limits: kidney_23_gy}"
        in result.output
    )


def test_a_case_may_limit_blood_counts(tmp_path):
    least = "least: {value: 215e9 1/L, source: lutetia, tag: A}"
    values = "values: {baseline: {value: 240e9 1/L, source: lutetia, tag: A, note: guessed}}"
    kill = "kill: {alpha: {value: 0.02 1/Gy, source: k19, tag: S}}"
    result = run_case(
        tmp_path,
        f"plan: {{limits: [{{count: platelets, {least}, {values}}}], objective: tcp, {kill}}}\n",
    )
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["binding"] == "platelets nadir"
    (row,) = written["counts"]
    assert row["nadir"] == pytest.approx(215.0)
    assert row["verified"] == pytest.approx(215.0, rel=2e-4)
    assert "did not predict toxicity" in written["warnings"][0]
    numbers = {row["name"]: row for row in written["assumptions"]}
    assert numbers["limit platelets nadir"]["value"] == 215e9
    assert numbers["platelets: baseline"]["tag"] == "A"
    assert numbers["platelets: baseline"]["value"] == 240e9
    assert numbers["cells of lesions: alpha"]["source"] == ["k19"]
    assert numbers["cells of lesions: clonogen_density"]["tag"] == "M"
    assert CliRunner().invoke(main, ["report", str(tmp_path / "out")]).exit_code == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "did not predict toxicity" in page
    assert "counts of the plan" in page


def test_a_case_without_a_schedule_ends_with_another_code(tmp_path):
    result = run_case(tmp_path, "plan: {limits: kidney_23_gy, target: {least: 900 Gy}}\n")
    assert result.exit_code == 3
    assert (
        "the target of the mean of the lesions, at least 900 Gy, cannot be reached" in result.output
    )
    assert not (tmp_path / "out").exists()


def test_a_course_that_ends_is_a_result(tmp_path):
    settings = "plan: {limits: kidney_23_gy, given: {cycles: 2, absorbed_dose: {kidney: 30 Gy, red_marrow: 0 Gy, tumor: 9 Gy}, cv: 13 %}}\n"
    result = run_case(tmp_path, settings)
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["stop"] == ["the kidney absorbed dose of 23 Gy is used up: 30 Gy were given"]
    assert written["regimen"] is None
    assert {row["name"] for row in written["assumptions"]} == {
        "limit kidney absorbed dose",
        "plan useful_cycle.smallest_share",
    }
    assert CliRunner().invoke(main, ["report", str(tmp_path / "out")]).exit_code == 0
    assert written["stop"][0] in (tmp_path / "out" / "report.html").read_text()


def test_more_cycles_than_the_regimen_has_cannot_have_been_given(tmp_path):
    settings = "plan: {limits: kidney_23_gy, given: {cycles: 9, absorbed_dose: {kidney: 1 Gy}}}\n"
    result = run_case(tmp_path, settings)
    assert result.exit_code == 2
    assert "9 cycles were given, more than the 4 of regimen 'netter1'" in result.output


def test_a_plan_may_draw_from_the_fit_of_its_case(tmp_path):
    base = (shipped_case("fit_example")).replace("case: fit_example", "case: both")
    file = tmp_path / "both.yaml"
    data = str((tmp_path / "data.csv").resolve())
    (tmp_path / "data.csv").write_text(
        Path(case_file("data/fit_example_simulated.csv")).read_text()
    )
    file.write_text(
        base.replace("data/fit_example_simulated.csv", data).replace("starts: 8", "starts: 1")
        + "plan:\n  limits: kidney_bed_40_gy\n  cycles: 3\n  draws: {from: fit, n: 24, seed: 1}\n"
    )
    (found,) = lt.plan_case(str(file))
    assert found.plan.members == 24
    assert found.plan.limits.at["kidney BED", "violations"] == 0  # the first of 24 decides


def case_file(name):
    return f"{shipped().root}/cases/{name}"


def shipped_case(name):
    return Path(case_file(f"{name}.yaml")).read_text()

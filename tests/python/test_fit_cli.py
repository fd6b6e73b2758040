"""`lutetia fit` and cases with measurements: files, exit codes, messages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import fit_example
import lutetia as lt
from lutetia.cli import main

ROOT = Path(__file__).parents[2]
FILES = ["dose.csv", "fit.json", "fit.png", "measurements.csv", "parameters.csv", "predictions.csv"]
ROWS = """
  - {patient: p, cycle: 1, region: kidney, region_class: organ, t_h: 24, quantity: activity,
     value: 150, unit: MBq, decay_corrected: false, modality: SPECT, nuclide: Lu-177}
  - {patient: p, cycle: 1, region: kidney, region_class: organ, t_h: 96, quantity: activity,
     value: 60, unit: MBq, decay_corrected: false, modality: SPECT, nuclide: Lu-177}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def case(folder: Path, observations: str = ROWS, fit: str = "{free: [kidney.receptor_density], starts: 1}",
         patient: str = "reference_male") -> Path:  # fmt: skip
    path = folder / "case.yaml"
    path.write_text(
        f"lutetia: 1\ncase: small\nmodel: sstr2_whole_body\npatient: {patient}\nregimen: netter1\n"
        f"observations: {observations}\nfit: {fit}\n"
    )
    return path


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("fit") / "out"
    return run("fit", "fit_example", "--out", out, "--starts", 2), out


def test_fit_writes_the_promised_files(example: tuple[Result, Path]):
    done, out = example
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == FILES
    assert (out / "fit.png").read_bytes().startswith(b"\x89PNG")
    parameters = pd.read_csv(out / "parameters.csv", index_col="name")
    assert {"value", "unit", "cv", "low", "high", "likelihood_cv", "gain", "verdict"} <= set(
        parameters
    )
    predictions = pd.read_csv(out / "predictions.csv")
    assert list(predictions) == ["time_h", "region", "activity_MBq", "low_MBq", "high_MBq"]
    something = predictions[predictions["activity_MBq"] > 1e-6]
    assert (something["low_MBq"] <= something["activity_MBq"]).all()
    assert (something["activity_MBq"] <= something["high_MBq"]).all()
    dose = pd.read_csv(out / "dose.csv")
    assert list(dose) == ["region", "cycle", "absorbed_dose_Gy", "low_Gy", "high_Gy", "cv"]
    assert set(dose["cycle"]) == {1, 2, 3, 4}
    measured = pd.read_csv(out / "measurements.csv")
    assert {"region", "activity_MBq", "predicted_MBq", "residual"} <= set(measured)


def test_fit_tells_what_it_found_and_what_the_scans_do_not_tell(example: tuple[Result, Path]):
    done, out = example
    verdicts = pd.read_csv(out / "parameters.csv", index_col="name")["verdict"]
    assert verdicts["kidney.receptor_density, variation of cycle 3"] == "nuisance"
    told = [
        f"\n{word}: {', '.join(verdicts.index[verdicts == word])}\n"
        for word in set(verdicts) - {"identified", "nuisance"}
    ]
    assert told
    for text in (
        *told,
        "converged: 36 measurements",
        "Predicted absorbed dose [Gy] with 90% intervals",
        "Research use only",
    ):
        assert text in done.stdout


def test_the_written_fit_loads(example: tuple[Result, Path]):
    _, out = example
    loaded = lt.load_fit(out / "fit.json")
    written = pd.read_csv(out / "parameters.csv", index_col="name")
    np.testing.assert_allclose(loaded.parameters["value"], written["value"], rtol=1e-8)
    facts = json.loads((out / "fit.json").read_text())
    assumed = {row["name"]: row["tag"] for row in facts["assumptions"]}
    assert assumed["hematocrit"] == "A"
    assert assumed["fit calibration_error.organ"] == "A"  # of the prior
    assert {"R", "C"}.isdisjoint(assumed.values())
    assert facts["case"] == "fit_example"
    assert facts["case_hash"] == lt.read_case("fit_example").hash
    assert facts["audit"] == []
    assert len(loaded.minima) == 2  # --starts before the eight of the case
    assert facts["searches"][0]["start"] == [0.0] * len(loaded.prior.names)


def test_the_example_is_found_again(example: tuple[Result, Path]):
    """The truth lies within the intervals; the two last cycles were never measured."""
    _, out = example
    parameters = pd.read_csv(out / "parameters.csv", index_col="name")
    decline = parameters.loc["lesions.receptor_density, factor per cycle"]
    assert decline["low"] < 1.0 - fit_example.DECLINE < decline["high"]
    dose = pd.read_csv(out / "dose.csv").set_index(["region", "cycle"])
    true = lt.absorbed_dose(fit_example.run()).table
    inside = [
        dose.loc[(region, cycle), "low_Gy"] < true.loc[region, f"cycle_{cycle}"] < dose.loc[(region, cycle), "high_Gy"]
        for region in fit_example.REGIONS
        for cycle in (3, 4)
    ]  # fmt: skip
    # Of twelve 90 % intervals some ten hold; those of a region hold together.
    assert sum(inside) >= 9


def test_the_table_of_the_example_is_what_its_script_writes():
    frame = pd.read_csv(ROOT / "models" / "cases" / "data" / fit_example.NAME)
    pd.testing.assert_frame_equal(frame, fit_example.measurements(), rtol=1e-5)


def test_quiet_prints_nothing(tmp_path: Path):
    done = run("fit", case(tmp_path), "--out", tmp_path / "out", "--quiet", "--threads", 1)
    assert (done.exit_code, done.output) == (0, "")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == FILES


def test_a_cohort_gets_a_folder_per_patient(tmp_path: Path):
    rows = ROWS.replace("patient: p,", "patient: k16_2,") + ROWS.replace(
        "patient: p,", "patient: k16_5,"
    )
    path = case(tmp_path, rows.replace("\n\n", "\n"), patient="k16_cohort")
    done = run("fit", path, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert [p.name for p in sorted((tmp_path / "out").iterdir())] == ["k16_2", "k16_5"]
    one, two = (pd.read_csv(tmp_path / "out" / p / "parameters.csv")["value"][0] for p in ("k16_2", "k16_5"))  # fmt: skip
    assert one != two
    strangers = run("fit", case(tmp_path, patient="k16_cohort"), "--out", tmp_path / "other")
    assert strangers.exit_code == 2
    assert (
        "are of patients it does not have, found ['p'], expected some of ['k16_1'"
        in strangers.stderr
    )


def test_findings_of_the_audit_are_shown_and_kept(tmp_path: Path):
    wrong = ROWS.replace("value: 150", "value: 150000")
    done = run("fit", case(tmp_path, wrong), "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "error: row 1, column 'unit': " in done.stdout
    facts = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert facts["audit"][0]["severity"] == "error"


BELOW = ROWS.replace("value: 150", "value: , censoring: left, detection_limit: 900").replace(
    "value: 60", "value: , censoring: left, detection_limit: 900"
)


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"observations": BELOW}, 2, "no measurement is above its limit of detection: there is nothing to fit"),
        ({"observations": ROWS.replace("unit: MBq", "unit: MBk")}, 2, "case.yaml:7: row 1, column 'unit': "),
        ({"observations": ROWS.replace("cycle: 1", "cycle: 7")}, 2, "are of cycle 7, but the regimen of 'reference_male' has 4"),
        ({"observations": ROWS.replace("region: kidney", "region: kidneys")}, 2, "'kidneys', which the model has not"),
        ({"observations": "absent.csv"}, 2, "no table of measurements, found 'absent.csv'"),
        ({"fit": "{free: [kidney.receptor_density], errors: {organs: {cv: 10 %}}}"}, 2, "errors names no group of the table: ['organs']; it has ['organ SPECT Lu-177']"),
    ],
)  # fmt: skip
def test_a_fit_that_cannot_work_says_why(tmp_path: Path, change, code: int, message: str):
    done = run("fit", case(tmp_path, **change), "--out", tmp_path / "out")
    assert done.exit_code == code, done.output
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_integration_that_fails_is_the_mathematics(tmp_path, monkeypatch: pytest.MonkeyPatch):
    from lutetia.cases import fit as case_fit

    few = lambda *a, **k: lt.fit(*a, **k, max_steps=20)  # noqa: E731
    monkeypatch.setattr(case_fit, "fit", few)
    done = run("fit", case(tmp_path), "--out", tmp_path / "out")
    assert done.exit_code == 3
    assert (
        "patient 'reference_male': none of 1 searches ended at a minimum; start_infeasible"
        in done.stderr
    )
    assert "after 20 accepted steps" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_cancelled_fit_is_written_but_no_success(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lt.Fit, "status", property(lambda fit: "cancelled"))
    done = run("fit", case(tmp_path), "--out", tmp_path / "out", "--quiet")
    assert done.exit_code == 3
    assert (tmp_path / "out" / "fit.json").exists()


def test_a_case_without_measurements_cannot_be_fitted(tmp_path: Path):
    done = run("fit", "golden", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert (
        "case 'golden' has no observations; write for example observations: scans.csv"
        in done.stderr
    )


def test_a_table_counts_from_the_case_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "deep").mkdir()
    frame = fit_example.measurements()[["patient"]]  # any table: the path is what matters
    frame.to_csv(tmp_path / "deep" / "scans.csv", index=False)
    path = case(tmp_path / "deep", "scans.csv")
    monkeypatch.chdir(tmp_path)
    assert Path(str(lt.read_case(str(path)).observations)) == tmp_path / "deep" / "scans.csv"


def test_validate_looks_at_the_table(tmp_path: Path):
    assert run("validate", case(tmp_path)).exit_code == 0
    done = run(
        "validate",
        case(tmp_path, ROWS.replace("unit: MBq", "unit: MBk").replace("t_h: 96", "t_h: -96")),
    )
    assert done.exit_code == 2
    assert "case.yaml:7: row 1, column 'unit': " in done.stdout
    assert "case.yaml:9: row 2, column 't_h': " in done.stdout
    frame = fit_example.measurements().drop(columns="unit")
    frame.to_csv(tmp_path / "scans.csv", index=False)
    done = run("validate", case(tmp_path, "scans.csv"))
    assert done.exit_code == 2
    assert "scans.csv" in done.stdout
    assert "'unit'" in done.stdout


def test_settings_of_a_case_are_those_of_fit():
    settings = """{free: kidney.receptor_density, shared: [], logit: [], cv: {kidney.receptor_density: 30 %},
      between_cycles: [kidney.receptor_density], cycle_effect: {lesions.k_release: after_first},
      errors: {organ SPECT Lu-177: {kind: combined_sd, cv: 5 %, sd: 1 MBq, estimated: true, scale_spread: 0.3}},
      calibration: {kidney SPECT: 3 %}, starts: 3, seed: 0, rtol: 1e-5}"""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        read = lt.read_case(str(case(Path(folder), fit=settings))).fit
    assert read == {
        "free": ["kidney.receptor_density"],
        "shared": [],
        "cv": {"kidney.receptor_density": 0.3},
        "cycle_effect": {"lesions.k_release": "after_first"},
        "between_cycles": ["kidney.receptor_density"],
        "errors": {"organ SPECT Lu-177": {"kind": "combined_sd", "cv": 0.05, "sd": 1.0, "degrees": 4.0,
                                          "estimated": True, "scale_spread": 0.3}},
        "calibration": {"kidney SPECT": 0.03},
        "starts": 3,
        "seed": 0,
        "rtol": 1e-5,
    }  # fmt: skip

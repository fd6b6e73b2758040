"""The command line: exit codes, files, tables."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import lutetia as lt
from lutetia.cli import main


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


def test_simulate_writes_the_promised_files(run, tmp_path):
    done = run("simulate", "netter1_reference", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "kidney" in done.output
    assert "Research use only" in done.output
    activity = pd.read_csv(tmp_path / "activity.csv")
    assert list(activity.columns[:5]) == [
        "time_h",
        "region",
        "activity_MBq",
        "concentration_MBq_per_mL",
        "fraction_of_administered",
    ]
    dose = pd.read_csv(tmp_path / "dose.csv")
    assert list(dose.columns) == [
        "region",
        "cycle",
        "tia_MBq_h",
        "tia_coefficient_h",
        "absorbed_dose_Gy",
        "bed_Gy",
        "tail_share",
    ]
    assert set(dose["cycle"]) == {"1", "2", "3", "4", "total"}
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["mass_balance"]["total"] < 1e-11
    assert {"version", "case_hash", "counters", "warnings", "wall_time_s", "assumptions"} <= set(
        summary
    )
    assert (tmp_path / "activity.png").read_bytes().startswith(b"\x89PNG")


def test_a_cohort_gets_a_folder_per_patient_and_one_table(run, tmp_path):
    done = run("simulate", "netter1_k16_cohort", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.glob("k16_*/activity.csv"))) == 8
    assert pd.read_csv(tmp_path / "dose.csv")["patient"].nunique() == 8


def test_published_values_are_compared(run, tmp_path):
    done = run("simulate", "k16_published", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "median" in done.output
    table = pd.read_csv(tmp_path / "published.csv")
    assert len(table) == 47
    # Median predicted/published of the transcription of B25 (doi:10.1186/s40658-025-00726-7).
    median = table.groupby("region")["ratio"].median().round(2)
    assert median.to_dict() == {
        "serum": 1.04,
        "whole_body": 0.90,
        "spleen": 1.03,
        "liver": 1.02,
        "tumor": 1.14,
        "kidney": 0.43,
    }


def test_quiet_prints_nothing_and_writes_everything(run, tmp_path):
    assert run("simulate", "k16_published", "--out", tmp_path, "--quiet").output == ""
    assert (tmp_path / "published.csv").exists()


def test_doses_of_another_convention_are_shown_beside_the_default(run, tmp_path):
    done = run("simulate", "golden", "--out", tmp_path)
    table = done.output.split("Gy/GBq in both conventions")[1]
    kidney = next(line for line in table.splitlines() if line.startswith("kidney")).split()
    # 0.622 with local electrons (regression case); OpenDose adds photons and cross-dose.
    assert kidney[1] == "0.622"
    assert 0.622 < float(kidney[2]) < 0.65


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "golden", "--rtol", "nan", "--out", "{out}"),
        ("simulate", "golden", "--out", "/proc/nowhere/out"),
        ("simulate", "/nowhere/case.yaml", "--out", "{out}"),
    ],
)
def test_impossible_requests_exit_2_with_a_message(run, tmp_path, arguments):
    done = run(*(a.format(out=tmp_path / "out") for a in arguments))
    assert done.exit_code == 2
    assert done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_a_run_without_activity_at_its_outputs_is_still_written(run, tmp_path):
    case = tmp_path / "late.yaml"
    case.write_text(
        "lutetia: 1\ncase: late\nmodel: sstr2_whole_body\npatient: reference_male\n"
        "regimen: netter1\noutput: {times: [0 h]}\n"
    )
    done = run("simulate", case, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "activity.png").exists()


def test_nothing_is_left_when_writing_fails(run, tmp_path, monkeypatch):
    import lutetia.plotting as plotting

    def fail(*_args):
        raise ValueError("no ink")

    monkeypatch.setattr(plotting, "plot_run", fail)
    assert run("simulate", "golden", "--out", tmp_path / "out").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_names_cannot_lead_out_of_the_folder(run, tmp_path):
    cohort = tmp_path / "cohort.yaml"
    patient = "sex: male, weight: 71 kg, height: 175 cm, gfr: 100 mL/min"
    cohort.write_text(
        f'lutetia: 1\ncohort: c\npatients:\n  - {{patient: "../evil", {patient}}}\n  - {{patient: b, {patient}}}\n'
    )
    done = run("validate", cohort)
    assert done.exit_code == 2
    assert "name of a patient" in done.output


def test_wrong_input_exits_2_and_writes_nothing(run, tmp_path):
    case = tmp_path / "broken.yaml"
    case.write_text(
        "lutetia: 1\ncase: broken\nmodel: sstr2_whole_body\npatient: reference_male\nregimen: netter9\n"
    )
    out = tmp_path / "out"
    done = run("simulate", case, "--out", out)
    assert done.exit_code == 2
    assert "broken.yaml:5:" in done.stderr
    assert "netter1" in done.stderr
    assert not out.exists()
    assert run("validate", case).exit_code == 2


def test_failed_mathematics_exits_3(run, tmp_path, monkeypatch):
    import lutetia.cases.case as module

    def fail(*_args, **_keys):
        raise lt.SolverError("integration failed")

    monkeypatch.setattr(module, "simulate_core", fail)
    done = run("simulate", "golden", "--out", tmp_path / "out")
    assert done.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_every_shipped_file_is_valid(run, root):
    files = [f for f in (root / "models").rglob("*.yaml")]
    done = run("validate", *files)
    assert done.exit_code == 0, done.output
    assert len(files) > 40

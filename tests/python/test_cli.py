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


def test_quiet_prints_nothing(run, tmp_path):
    assert run("simulate", "golden", "--out", tmp_path, "--quiet").output == ""


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
    import lutetia.case as module

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

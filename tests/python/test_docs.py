"""Examples in docstrings and in the README run as written."""

import doctest
import importlib
import pkgutil
import re

import pytest
from click.testing import CliRunner

import lutetia
from lutetia.cli import main

MODULES = ["lutetia"] + [
    m.name for m in pkgutil.walk_packages(lutetia.__path__, "lutetia.") if m.name != "lutetia._core"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name):
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in finder.find(module, name, globs=vars(module).copy()):
        runner.run(test)
    assert runner.summarize().failed == 0


def test_public_functions_have_examples_or_belong_to_a_class_that_has():
    for name in (
        "simulate",
        "sensitivities",
        "check_derivatives",
        "simulate_many",
        "compare",
        "write_report",
        "virtual_patients",
        "population_half_lives",
        "population_fit",
        "haenscheid",
        "madsen",
        "two_time_points",
        "fit_exponentials",
        "select_exponentials",
        "fisher_information",
        "posterior_covariance",
        "information_gain",
        "sloppy_directions",
        "population_information",
        "load_fit",
        "fit_case",
        "case_observations",
        "case_patients",
        "case_regimen",
        "imaging_schedules",
        "feasible_times",
        "optimal_single_time",
        "schedule_sensitivities",
        "read_cycle_table",
        "fit_cycle_effect",
        "compare_cycle_effects",
        "score_last_cycle",
        "absorbed_dose",
        "TumorResponse",
        "tumor_response",
        "tumor_growth_rate",
        "tumor_control_probability",
        "simulate_with_response",
        "kidney_effect",
        "gfr_course",
        "blood_counts",
        "dose_rate",
        "biologically_effective_dose",
        "read_patients",
        "repeat",
        "read_case",
        "run_case",
        "describe",
        "Observations",
        "administration_table",
        "audit",
        "read_events",
        "read_pytheranostics",
        "read_pytheranostics_blood",
        "write_events",
        "Patient",
        "Lesion",
        "plan",
        "plan_cohort",
        "plan_case",
        "policy",
        "dose_limits",
        "largest_equal_activity",
        "allowed_equal_cycles",
        "lognormal_activity",
        "Limit",
        "DoseTarget",
        "Delivered",
        "CellKill",
    ):
        assert ">>>" in (getattr(lutetia, name).__doc__ or ""), name


def test_the_case_of_the_readme_is_planned(root, tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", (root / "README.md").read_text(), flags=re.DOTALL)
    file, out = tmp_path / "my_patient.yaml", tmp_path / "out"
    file.write_text(text)
    for arguments in (["plan", str(file), "--out", str(out), "--quiet"], ["report", str(out)]):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
    assert "my patient" in (out / "report.html").read_text()


def test_the_readme_example_runs(root, tmp_path, monkeypatch):
    readme = (root / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})

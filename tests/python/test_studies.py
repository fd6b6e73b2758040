"""The studies outside of continuous integration run as written, on a few patients."""

import json
import re

import numpy as np
import pandas as pd

import lutetia as lt
from studies import cycle_effect, million, regimens


def test_the_million_study_reports_what_it_promises(monkeypatch, capsys):
    monkeypatch.setattr(million, "SCALING_PATIENTS", 8)
    monkeypatch.setattr(million, "REPEATS", 1)
    assert million.main(32) == 0
    report = capsys.readouterr().out
    for part in (
        "per second of one core's processor time",
        "two threads against one: ",
        "32 patients, 0 failed: ",
        "peak of memory",
        "a million, extrapolated: ",
    ):
        assert part in report


def test_a_number_of_a_failed_patient_and_growing_memory_are_noticed(monkeypatch, capsys):
    monkeypatch.setattr(million, "rates", lambda threads: (1.0, 1.0))
    run = {"seconds": 1.0, "failed": 1, "kidney_mean_Gy": 1.0, "kidney_quantiles_Gy": [1.0, 2.0]}

    def measured(patients: int) -> dict[str, object]:
        return {**run, "members": patients, "counted": patients, "peak_MB": float(patients)}

    monkeypatch.setattr(million, "measured", measured)
    assert million.main(400) == 1
    report = capsys.readouterr().out
    assert "a patient who failed is in the statistics" in report
    assert "memory grows with the number of patients" in report


def test_the_study_of_cycle_effects_reports_what_it_promises(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(cycle_effect, "TABLES", 3)
    monkeypatch.setattr(cycle_effect, "CHOICES", 2)
    monkeypatch.setattr(cycle_effect, "SETTINGS", ((1, 1, False), (1, 1, True), (1, 5, False)))
    monkeypatch.setattr(cycle_effect, "OUT", tmp_path)
    cycle_effect.main()
    report = capsys.readouterr().out
    for part in (
        "recovery from 3 tables",
        "decline of group G2",
        "cycle 3, patient never seen",
        "right choices among 2 tables",
        "no table of values per cycle was given (make studies DATA=path), so none was fitted",
    ):
        assert part in report
    table, _ = cycle_effect.simulated(np.random.default_rng(1), {"G1": (-0.1, 5)}, 1)
    table.to_csv(tmp_path / "table.csv", index=False)
    cycle_effect.main(str(tmp_path / "table.csv"))
    report = capsys.readouterr().out
    assert "group_mean_ratio" in report
    assert "G1_4" in report
    results = json.loads((tmp_path / "cycle_effect.json").read_text())
    assert len(results["table"]["predictions"]) == 5
    assert results["selection"][0]["undecided_if_none"] == 1  # three values of one lesion
    assert (tmp_path / "cycle_effect.csv").exists()
    assert (tmp_path / "cycle_effect.png").stat().st_size > 10_000


def test_bias_coverage_and_wrong_choices_are_noticed():
    recovered = pd.DataFrame(
        {
            "bias_percent": [0.5, 0.1, 9.0],
            "bias_standard_error": [0.2, 0.2, 0.2],
            "coverage_90": [0.9, 0.8, 0.5],
        },
        index=["decline of group G1", "decline of patient G1", "cycle 4"],
    )
    selected = pd.DataFrame(
        {
            "patients": [1, 1, 5],
            "lesions": [1, 3, 1],
            "right_if_none": [0.1, 0.9, 0.9],
            "right_if_per_cycle_factor": [0.1, 0.7, 0.9],
        }
    )
    assert cycle_effect.problems(recovered, selected) == [
        "decline of group G1: bias 0.50 is above two standard errors",
        "decline of patient G1: coverage 0.800 is not within 85–95 %",
        "1 patients with 3 lesions: per_cycle_factor is chosen rightly in 70%",
    ]


def test_a_decline_is_recovered_and_told_from_none(monkeypatch):
    """The study, small: bias within three standard errors (it must hold for any seed), choices as in the study."""
    recovered = cycle_effect.recovery(8)
    for group in ("G1", "G2"):
        row = recovered.loc[f"decline of group {group}"]
        assert abs(row["bias_percent"]) < 3 * row["bias_standard_error"]
        # 80 patients of a group: a standard error of some 4 %
        assert 0.80 < recovered.loc[f"decline of patient {group}", "coverage_90"] < 0.98
    monkeypatch.setattr(cycle_effect, "SETTINGS", ((1, 5, False),))
    selected = cycle_effect.selection(10).iloc[0]
    assert selected["right_if_none"] >= 0.8
    assert selected["right_if_per_cycle_factor"] >= 0.8


def _numbers(cell: str) -> list[tuple[float, float]]:
    """Numbers of a cell of a page, each with one unit of its last digit."""
    found = re.findall(r"\d+(?:\.\d+)?(?:e[+-]\d+)?", cell)
    return [(float(n), 10.0 ** -len(n.partition(".")[2])) for n in found]


def _rows(page: str, heading: str) -> dict[str, list[str]]:
    """Cells of the table below a heading, by the first of each row."""
    lines = page.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    return {row[0]: row[1:] for row in cells[2:]}


def _check_page(written: dict[str, list[str]], table: pd.DataFrame) -> None:
    """Every cell has the words and, within one of the last digit, the numbers of the page."""
    for row in table.itertuples(index=False):
        assert len(written[row[0]]) == len(row) - 1
        for old, new in zip(written[row[0]], row[1:], strict=True):
            assert re.sub(r"[\d.]", "", old) == re.sub(r"[\d.]", "", new), (row[0], old, new)
            for (a, digit), (b, _) in zip(_numbers(old), _numbers(new), strict=True):
                assert abs(a - b) <= 1.001 * digit, (row[0], old, new)


def test_the_page_of_doses_says_what_the_program_finds():
    """Rows of the reference patient under every regimen, and one regimen in all virtual patients."""
    page = regimens.PAGE.read_text("utf-8")
    every = [*regimens.LUTETIUM, *regimens.YTTRIUM]
    reference = regimens.comparison(every)
    _check_page(_rows(page, "Reference patient"), regimens.reference_table(reference))
    per_activity = regimens.per_activity_table(reference)
    _check_page(_rows(page, "Reference patient, per activity [Gy/GBq]"), per_activity)
    standard = regimens.comparison(["netter1"], regimens.PATIENTS)
    _check_page(_rows(page, "Limits"), regimens.limit_table(standard))
    _check_page(
        _rows(page, "Virtual patients, per activity [Gy/GBq]"), regimens.cohort_table(standard)
    )


def test_the_page_of_doses_has_every_therapeutic_regimen_of_the_library():
    names = [*regimens.LUTETIUM, *regimens.YTTRIUM]
    page = regimens.PAGE.read_text("utf-8")
    others = {"ga68_dotatate_pet", "ha_dotatate_ga68_pet"}  # scans
    others |= {"ha_dotatate_lu177"}  # of another model
    assert {*names, *regimens.ALPHA} == set(lt.library().names("regimen")) - others
    assert list(_rows(page, "Limits")) == names
    assert list(_rows(page, "Alpha emitters")) == list(regimens.ALPHA)


def test_the_page_of_doses_hides_no_failure():
    found = regimens.comparison(["netter1", "r_prrt"], 8)
    assert regimens.judged(0.2, "netter1", "kidney") == "0.2 below"
    assert regimens.judged(0.7, "netter1", "kidney") == "0.7 above"
    assert regimens.judged(1.8, "y90_dotatoc_4p4", "kidney") == "1.8"
    assert regimens.judged(9.0, "y90_dotatoc_4p4", "spleen") == "9"  # nothing published
    table = regimens.measured_table(found).set_index("quantity")
    values = regimens.obtained(found)
    for measured in regimens.MEASURED:
        inside = measured.low <= values[measured.what] <= measured.high
        assert table.loc[measured.what, "result"] == ("pass" if inside else "FAIL")
    page = regimens.page(found, regimens.comparison(regimens.ALPHA, 3))
    assert page.count("FAIL") == (table["result"] == "FAIL").sum() > 0
    assert "Research use only" in page

"""The studies outside of continuous integration run as written, on a few patients."""

from studies import million


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

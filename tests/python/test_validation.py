"""The comparison with published measurements: complete, computed, honest about failures."""

import csv
import dataclasses
import re

import numpy as np
import pytest
import yaml

import lutetia as lt
from validation import __main__ as program
from validation import compare, report, runs
from validation.measurements import LIST, Quantity, read_measurements
from validation.results import Obtained

# The published measurements that were collected; gaps are entries that were dropped.
COLLECTED = {
    f"V{n}"
    for first, last in ((1, 6), (9, 9), (11, 17), (19, 19), (21, 24), (26, 30), (32, 32))
    for n in range(first, last + 1)
} | {f"V{n}" for n in (34, 35, 36, 38, 39, 40, 42, 43, 44, *range(46, 55))}
REGRESSION = {"R1", "R2", "R3"}


@pytest.fixture(scope="module")
def measurements():
    return read_measurements()


@pytest.fixture(scope="module")
def outcomes(measurements):
    return compare.compare(measurements)


def one(outcomes, name):
    return next(o for o in outcomes if o.measurement.id == name)


def changed(measurements, name, quantity, **values):
    """Return one measurement with another band of one quantity."""
    measurement = next(m for m in measurements if m.id == name)
    quantities = tuple(
        dataclasses.replace(q, **values) if q.name == quantity else q
        for q in measurement.quantities
    )
    return dataclasses.replace(measurement, quantities=quantities)


def test_every_case_is_listed_once(measurements):
    ids = [m.id for m in measurements]
    assert len(ids) == len(set(ids))
    assert set(ids) == COLLECTED | REGRESSION


def test_every_case_has_a_function_or_a_reason(measurements):
    expressible = {m.id for m in measurements if not m.not_expressible}
    assert expressible == set(compare.CASES)


def test_every_expressible_case_runs(outcomes):
    assert [(o.measurement.id, o.why) for o in outcomes if o.status == "error"] == []
    for outcome in outcomes:
        if outcome.status in ("pass", "fail"):
            assert all(row.obtained is not None for row in outcome.rows)


def test_numbers_carry_a_source(measurements):
    for m in measurements:
        assert m.source, m.id
        assert m.tag, m.id
        for q in m.quantities:
            assert not q.judged or q.basis, (m.id, q.name)


def test_the_published_model_is_still_the_published_model(outcomes):
    assert {o.status for o in outcomes if o.measurement.id in REGRESSION} == {"pass"}


def test_a_failure_has_a_reason(outcomes):
    failed = [o for o in outcomes if o.status == "fail"]
    assert failed  # a report without failures would not be this model's
    for outcome in failed:
        assert outcome.measurement.why, outcome.measurement.id


def test_a_reason_stands_only_where_something_can_fail(outcomes):
    for o in outcomes:
        fails = any(row.status == "fail" for row in o.rows)
        assert bool(o.measurement.why) == fails, o.measurement.id


@pytest.mark.parametrize(("low", "high", "status"), [(0.4, 0.9, "pass"), (0.9, 1.4, "fail")])
def test_another_band_changes_the_verdict(measurements, low, high, status):
    measurement = changed(measurements, "V11", "kidney", band=(low, high))
    (outcome,) = compare.compare([measurement])
    assert outcome.status == status
    assert (status == "fail") == bool(outcome.why)


def test_a_failing_case_passes_with_the_band_around_what_was_obtained(measurements, outcomes):
    value = one(outcomes, "V12").rows[2].obtained
    measurement = changed(measurements, "V12", "spleen", band=(0.9 * value, 1.1 * value))
    assert compare.compare([measurement])[0].status == "pass"


@pytest.mark.parametrize(
    ("keys", "value", "status"),
    [
        ({"band": (1.0, 2.0)}, 1.0, "pass"),
        ({"band": (1.0, 2.0)}, 2.01, "fail"),
        ({"band": (1.0, 2.0)}, np.nan, "fail"),
        ({"band": (1.0, 2.0)}, np.inf, "fail"),
        ({"below": 1.0}, 1.0, "fail"),
        ({"below": 1.0}, 0.99, "pass"),
        ({"above": 1.0}, 1.0, "fail"),
        ({"above": 1.0}, 1.01, "pass"),
        ({"above": 1.0}, np.nan, "fail"),
        ({}, 7.0, "shown"),
    ],
)
def test_how_a_quantity_is_judged(keys, value, status):
    assert Quantity("x", "1", **keys).status(value) == status


@pytest.mark.parametrize(
    ("first", "second", "other", "status"),
    [(1, 1, 1, "pass"), (1, 9, 1, "pass"), (9, 1, 1, "pass"), (9, 9, 1, "fail"), (1, 9, 9, "fail")],
)
def test_one_reading_that_passes_throughout_is_enough(measurements, first, second, other, status):
    quantities = tuple(
        Quantity(name, "1", band=(0.5, 1.5), basis="test", reading=reading)
        for name, reading in (("a", "with decay"), ("b", "decay-corrected"), ("c", ""))
    )
    measurement = dataclasses.replace(measurements[0], quantities=quantities)
    values = {"a": float(first), "b": float(second), "c": float(other)}
    (outcome,) = compare.compare([measurement], {measurement.id: lambda: Obtained(values)})
    assert outcome.status == status
    assert ("passes only when read" in outcome.why) == (
        status == "pass" and (first, second) != (1, 1)
    )


def test_a_case_that_raises_is_an_error_and_the_others_run(
    measurements, tmp_path, monkeypatch, capfd
):
    def broken():
        raise RuntimeError("out of peptide")

    monkeypatch.setitem(compare.CASES, "V11", broken)
    assert program.main(["--out", str(tmp_path)]) == 1
    shown = capfd.readouterr().out
    assert re.search(r"^V11 .* ERROR$", shown, flags=re.MULTILINE)
    assert "out of peptide" in shown
    assert re.search(r"^V54 .* NOT EXPRESSIBLE$", shown, flags=re.MULTILINE)


def test_failures_do_not_fail_the_program(tmp_path, capfd):
    assert program.main(["--out", str(tmp_path)]) == 0
    assert (tmp_path / "index.html").stat().st_size > 100_000
    assert "fail" in capfd.readouterr().out


def test_a_quantity_without_a_number_is_an_error(measurements):
    measurement = next(m for m in measurements if m.id == "V11")
    (outcome,) = compare.compare([measurement], {"V11": lambda: Obtained({"heart": 1.0})})
    assert outcome.status == "error"
    assert "heart" in outcome.why


def test_the_text_has_every_case_and_marks_failures(outcomes):
    lines = report.text(outcomes).splitlines()
    for outcome in outcomes:
        name = outcome.measurement.id
        (heading,) = (line for line in lines if re.match(rf"{name} ", line))
        assert heading.endswith(outcome.status.upper())
    assert sum(line.endswith(" fail") for line in lines) == sum(
        row.status == "fail" for o in outcomes for row in o.rows
    )


def test_the_page_has_every_case_marks_failures_and_needs_no_other_file(outcomes):
    page = report.page(outcomes)
    for outcome in outcomes:
        name = outcome.measurement.id
        heading = page[page.index(f'<h3 id="{name}">') :].split("</h3>")[0]
        assert heading.endswith(f">{outcome.status}</span>")
    assert page.count('src="data:image/png;base64,') == page.count("<img") >= 8
    assert "<script" not in page
    assert "<link" not in page
    assert "Research use only" in page


def test_the_table_has_every_quantity(outcomes, tmp_path):
    report.write(outcomes, tmp_path)
    with (tmp_path / "validation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["case"] for row in rows} == COLLECTED | REGRESSION
    assert len(rows) == sum(max(len(o.rows), 1) for o in outcomes)
    for row in rows:
        assert row["source"], row
        if row["status"] in ("pass", "fail") and row["obtained"] not in ("nan", "inf"):
            low, high = float(row["pass_low"]), float(row["pass_high"])
            # six digits are printed
            inside = low * (1 - 1e-5) <= float(row["obtained"]) <= high * (1 + 1e-5)
            assert inside == (row["status"] == "pass"), row


def test_the_readme_tells_the_true_outcome(root, outcomes):
    assert report.counted(outcomes) in (root / "README.md").read_text().replace("\n", " ")


def test_the_default_model_is_compared(reference):
    """The module of this folder adds observables and changes nothing."""
    ours = lt.simulate(runs.model(), reference, "netter1")
    default = lt.simulate("sstr2_whole_body", reference, "netter1")
    assert set(ours.regions) - set(default.regions) == {"arterial", "free_in_serum"}
    assert ours.parameters.equals(default.parameters)
    activity = ours.activity.sel(region=default.regions)
    # same equations; outputs beyond the organs cannot move the steps
    np.testing.assert_array_equal(activity.values, default.activity.values)


ENTRY = """
regression:
  - {{id: R1, title: t, measured: m, inputs: i, source: s, strength: A, tag: R{entry},
     quantities: [{{name: kidney, unit: Gy{quantity}}}]}}
{section}
"""


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"entry": ", mood: good"}, r"measurement R1: unknown keys \['mood'\]"),
        ({"quantity": ", bnad: [1, 2]"}, r"measurement R1: unknown keys \['bnad'\]"),
        ({"section": "extra: []"}, r"the list: unknown keys \['extra'\]"),
        ({"quantity": ", band: [2, 1], basis: b"}, "band must ascend"),
        ({"quantity": ", band: [1, 2], below: 2, basis: b"}, "one of band, below, above"),
        ({"quantity": ", band: [1, 2], basis: ''"}, "where the band comes from"),
        ({"quantity": ""}, "needs a quantity with a band, or 'not_expressible'"),
        ({"entry": ", tag: X"}, "tag must be one of"),
    ],
)
def test_the_reader_refuses(parts, message, tmp_path):
    filled = {"entry": "", "quantity": ", band: [1, 2], basis: b", "section": "", **parts}
    text = ENTRY.format(**filled)
    if "tag: X" in text:
        text = text.replace("tag: R,", "").replace("tag: R, ", "")
    file = tmp_path / "list.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_measurements(file)


def test_the_reader_refuses_a_repeated_case(tmp_path):
    document = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    document["regression"].append(document["regression"][0])
    file = tmp_path / "list.yaml"
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(ValueError, match="R1.* more than once"):
        read_measurements(file)

"""Event tables: what NONMEM and its relatives write is read as meant, and nothing is lost on the way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lutetia as lt
from measured import scans, two_cycles
from test_observations import NAMES, NUMBERS

STATED = {
    "quantity": "activity",
    "unit": "MBq",
    "decay_corrected": False,
    "nuclide": "Lu-177",
    "modality": "SPECT",
    "amount_unit": "MBq",
}
REGIONS = {1: "kidney", 2: {"region": "liver_1", "region_class": "tumor", "unit": "kBq"}}


def events(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([{"ID": 1, **row} for row in rows])


DOSE = {"TIME": 10.0, "EVID": 1, "AMT": 7400.0, "DUR": 0.5}
VALUE = {"TIME": 34.0, "EVID": 0, "DV": 140.0, "DVID": 1}


def read(*rows: dict, **options) -> tuple[lt.Observations, pd.DataFrame]:
    return lt.read_events(events(*rows), **{"regions": REGIONS, **STATED, **options})


def refused(*rows: dict, **options) -> str:
    with pytest.raises(lt.DataError) as caught:
        read(*rows, **options)
    assert caught.value.problems
    return str(caught.value)


def test_an_event_table_as_a_modeler_writes_it(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        "id,time,amt,rate,evid,cmt,dv,mdv,cens,occ,wt\n"
        "7,0,7400,14800,1,1,.,1,.,1,70\n"
        "7,24,.,.,0,1,140,0,0,1,70\n"
        "7,24,.,.,0,2,9000,0,0,1,70\n"
        "7,72,.,.,0,2,500,0,1,1,70\n"
        "7,96,.,.,0,1,.,1,0,1,70\n"
        "7,100,.,.,2,1,.,1,0,1,70\n"
        "7,1344,7000,14000,4,1,.,1,.,2,70\n"
        "7,1368,.,.,0,1,130,0,0,2,70\n"
    )
    observations, administrations = lt.read_events(path, regions=REGIONS, ignore=["WT"], **STATED)
    f = observations.frame
    assert f["patient"].tolist() == ["7"] * 4
    assert f["cycle"].tolist() == [1, 1, 1, 2]
    assert f["region"].tolist() == ["kidney", "liver_1", "liver_1", "kidney"]
    assert f["region_class"].tolist() == ["organ", "tumor", "tumor", "organ"]
    assert f["t_h"].tolist() == [24.0, 24.0, 72.0, 24.0]
    np.testing.assert_allclose(f["activity_MBq"], [140, 9, np.nan, 130])
    np.testing.assert_allclose(f["detection_limit_MBq"], [np.nan, np.nan, 0.5, np.nan])
    assert f["administered_activity_MBq"].tolist() == [7400.0, 7400.0, 7400.0, 7000.0]
    assert administrations["time_h"].tolist() == [0.0, 1344.0]
    assert administrations["activity_MBq"].tolist() == [7400.0, 7000.0]
    assert administrations["duration_h"].tolist() == [0.5, 0.5]
    with pytest.raises(lt.DataError, match=r"events.csv: unknown column 'WT'"):
        lt.read_events(path, regions=REGIONS, **STATED)


@pytest.mark.parametrize(
    "dose",
    [
        DOSE,
        {"TIME": 10.0, "EVID": 1, "AMT": 7400.0, "RATE": 14800.0},
        {"TIME": 10.0, "EVID": 1, "AMT": 7400.0, "RATE": 14800.0, "DUR": 0.5},
        {"TIME": 10.0, "EVID": 4, "AMT": 7400.0, "DUR": 0.5},
        {"TIME": 10.0, "AMT": 7400.0, "DUR": 0.5},
        {"TIME": 10.0, "EVID": 1, "AMT": 7.4, "AMT_UNIT": "GBq", "DUR": 0.5},
    ],
)
def test_administrations_in_every_form(dose):
    value = {k: v for k, v in VALUE.items() if k != "EVID" or "EVID" in dose}
    observations, table = read(dose, value)
    assert table[["cycle", "activity_MBq", "duration_h"]].values.tolist() == [[1, 7400.0, 0.5]]
    assert observations.frame["t_h"].tolist() == [24.0]


def test_a_bolus_also_in_the_older_code():
    for code in (1, 101, 201):
        _, table = read({"TIME": 10.0, "EVID": code, "AMT": 7400.0}, VALUE)
        assert table["duration_h"].tolist() == [0.0]


def test_repeats_begin_cycles():
    late = {**VALUE, "TIME": 10.0 + 2 * 1344 + 24}
    _, table = read({**DOSE, "ADDL": 3, "II": 1344.0}, VALUE, late)
    assert table["cycle"].tolist() == [1, 2, 3, 4]
    assert table["time_h"].tolist() == [0.0, 1344.0, 2688.0, 4032.0]
    observations, _ = read({**DOSE, "ADDL": 3, "II": 1344.0}, VALUE, late)
    assert observations.frame["cycle"].tolist() == [1, 3]
    assert observations.frame["t_h"].tolist() == [24.0, 24.0]
    numbered, table = read(
        {**DOSE, "ADDL": 1, "II": 1344.0, "OCC": 2}, {**VALUE, "OCC": 2}, {**VALUE, "TIME": 1378.0, "OCC": 3}
    )  # fmt: skip
    assert table["cycle"].tolist() == [2, 3]
    assert numbered.frame["t_h"].tolist() == [24.0, 24.0]


def test_two_nuclides_of_one_time_are_one_cycle():
    _, table = read(
        {**DOSE, "NUCLIDE": "Lu-177"}, {**DOSE, "NUCLIDE": "Y-90", "AMT": 1000.0}, VALUE
    )
    assert table["cycle"].tolist() == [1, 1]
    assert table["nuclide"].tolist() == ["Lu-177", "Y-90"]


def test_the_order_of_records_decides_at_the_time_of_an_administration():
    again = {**DOSE, "TIME": 500.0}
    at = {**VALUE, "TIME": 500.0}
    before, _ = read(DOSE, at, again)
    after, _ = read(DOSE, again, at)
    assert before.frame[["cycle", "t_h"]].values.tolist() == [[1, 490.0]]
    assert after.frame[["cycle", "t_h"]].values.tolist() == [[2, 0.0]]


def test_patients_have_clocks_of_their_own():
    other = [{**DOSE, "ID": 2, "TIME": 100.0}, {**VALUE, "ID": 2, "TIME": 104.0}]
    observations, table = read(DOSE, VALUE, *other)
    assert observations.frame[["patient", "t_h"]].values.tolist() == [["1", 24.0], ["2", 4.0]]
    assert table["patient"].tolist() == ["1", "2"]


def test_a_region_may_be_left_out_and_class_names_are_classes():
    regions = {1: None, 2: "whole_body"}
    observations, _ = read(DOSE, VALUE, {**VALUE, "DVID": 2}, regions=regions)
    assert observations.frame["region_class"].tolist() == ["whole_body"]


@pytest.mark.parametrize("name", list(STATED))
def test_what_the_table_does_not_say_must_be_stated(name):
    message = refused(DOSE, VALUE, **{name: None})
    what = {"amount_unit": "unit of AMT"}.get(name, f"{name.replace('_', ' ')} of its values")
    column = {"amount_unit": "AMT_UNIT"}.get(name, name.upper())
    assert (
        message
        == f"events: the table does not say the {what}, expected {name}= or a column {column}"
    )


def test_everything_unstated_is_asked_for_at_once():
    with pytest.raises(lt.DataError) as caught:
        lt.read_events(events(DOSE, VALUE))
    assert len(caught.value.problems) == 7
    assert "does not say its regions, expected regions= or a column REGION" in str(caught.value)
    both = {n: {"region": r, "decay_corrected": True} for n, r in ((1, "kidney"), (2, "liver"))}
    observations, _ = read(DOSE, VALUE, regions=both, decay_corrected=None)
    assert observations.frame["decay_corrected"].all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{**DOSE, "EVID": 3}, VALUE], "row 1, column 'EVID': the kind of record cannot be read, found 3, expected 0, 1, 2 or 4"),
        ([{**DOSE, "EVID": 10101}, VALUE], "row 1, column 'EVID': an infusion in the older code, found 10101, expected 0, 1, 2 or 4; write infusions with EVID 1 and DUR or RATE"),
        ([{**DOSE, "AMT": 0.0}, VALUE], "row 1, column 'AMT': an administration without AMT, expected a number above 0"),
        ([{**DOSE, "RATE": -2}, VALUE], "row 1, column 'RATE': rates and durations that are estimated cannot be read, found -2, expected a rate, or DUR"),
        ([{**DOSE, "RATE": 7400}, VALUE], "row 1, column 'DUR': RATE and DUR disagree, found 0.5, expected AMT/RATE = 1"),
        ([{**DOSE, "SS": 1}, VALUE], "row 1, column 'SS': steady state cannot be read, expected 0"),
        ([{**DOSE, "ADDL": 1}, VALUE], "row 1, column 'II': repeats need an interval, expected a number above 0"),
        ([{**DOSE, "AMT_UNIT": "ug"}, VALUE], "row 1, column 'AMT_UNIT': the unit of AMT cannot be read"),
        ([DOSE, {**VALUE, "DVID": 3}], "row 2, column 'DVID': unknown region '3'"),
        ([DOSE, {**VALUE, "TIME": 9.0}], "row 2, column 'TIME': a value without an administration before it, found 9"),
        ([{**DOSE, "OCC": 1}, {**VALUE, "OCC": 2}], "row 2, column 'OCC': a cycle without an administration, found 2"),
        ([{**DOSE, "OCC": 1}, VALUE], "row 2, column 'OCC': the cycle is missing, expected a whole number"),
        ([{**DOSE, "OCC": 1}, {**VALUE, "OCC": 1, "TIME": 9.0}], "row 2, column 'TIME': a value before the start of its cycle, found -1 h after it"),
        ([DOSE, {**VALUE, "TAD": 20.0}], "row 2, column 'TAD': TAD is not the time since the start of the cycle, found 20, expected 24"),
        ([DOSE, {**VALUE, "CENS": -1}], "row 2, column 'CENS': only values below a limit can be censored, found -1, expected 0 or 1"),
        ([DOSE, {**VALUE, "CENS": 1, "LIMIT": 3.0}], "row 2, column 'LIMIT': a lower end of the censored interval cannot be used, found 3, expected 0 or nothing"),
        ([DOSE], "the table has no values, expected records with EVID 0"),
        ([DOSE, {**VALUE, "DV": -1.0}], "row 2, column 'DV': the value is out of range, found -1"),
        ([DOSE, {**VALUE, "DV": None}], "row 2, column 'DV': the value is missing"),
        ([DOSE, {**VALUE, "DV": None, "TIME": "x"}], "row 2, column 'TIME': the value is not a number, found 'x'"),
    ],
)  # fmt: skip
def test_a_wrong_record_is_refused(rows, message):
    assert f"events: {message}" in refused(*rows)


def test_missing_cells_of_own_columns_are_refused():
    message = refused({**DOSE, "AMT_UNIT": None}, VALUE, {**DOSE, "TIME": 99.0, "AMT_UNIT": "MBq"}, amount_unit=None)  # fmt: skip
    assert message == (
        "events: row 1, column 'AMT_UNIT': the value is missing\n"
        "events: row 2, column 'TIME': a value without an administration before it, found 34"
    )
    message = refused({**DOSE, "NUCLIDE": None}, {**VALUE, "NUCLIDE": "Lu-177"}, nuclide=None)
    assert "row 1, column 'NUCLIDE': the value is missing" in message


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ({"region_class": "tumor"}, "events: region '1' does not say which one it is, expected 'region'"),
        ({"region": "kidney", "unti": "MBq"}, "events: unknown column of region '1' 'unti'; did you mean 'unit'?"),
        ({"region": "kidney", "unit": "MBk"}, "events: row 2, column 'UNIT': the unit of an activity cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_region_is_refused(region, message):
    assert message in refused(DOSE, VALUE, regions={1: region})


@st.composite
def studies(draw) -> tuple[lt.Observations, pd.DataFrame]:
    doses, values = [], []
    for patient in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        time = 0.0
        for cycle in range(1, draw(st.integers(1, 3)) + 1):
            doses.append(
                {
                    "patient": patient,
                    "cycle": cycle,
                    "time_h": time,
                    "nuclide": draw(st.sampled_from(["Lu-177", "Ga-68"])),
                    "activity_MBq": draw(NUMBERS),
                    "duration_h": draw(st.just(0.0) | st.floats(1e-3, 5)),
                    "peptide_nmol": draw(st.none() | NUMBERS),
                }
            )
            for _ in range(draw(st.integers(0, 3)) if values else 1):
                censored = draw(st.booleans())
                values.append(
                    {
                        "patient": patient,
                        "cycle": cycle,
                        "region": draw(NAMES),
                        "region_class": draw(st.sampled_from(["organ", "tumor", "blood"])),
                        "t_h": draw(st.floats(0, 500)),
                        "quantity": draw(st.sampled_from(["activity", "fraction"])),
                        "value": draw(st.none() | NUMBERS if censored else NUMBERS),
                        "unit": "%",
                        "sd": draw(st.none() | NUMBERS),
                        "censoring": "left" if censored else "none",
                        "detection_limit": draw(NUMBERS if censored else st.none() | NUMBERS),
                        "decay_corrected": draw(st.booleans()),
                        "modality": draw(st.sampled_from(["SPECT", "PET"])),
                        "nuclide": doses[-1]["nuclide"],
                        "volume_mL": draw(st.none() | NUMBERS),
                        "scan": draw(st.none() | NAMES),
                        "include": draw(st.booleans()),
                        "group": draw(st.none() | NAMES),
                    }
                )
                if values[-1]["quantity"] == "activity":
                    values[-1]["unit"] = draw(st.sampled_from(["MBq", "kBq"]))
            time += draw(st.floats(501, 2000))
    values = draw(st.permutations(values))
    table = lt.administration_table(doses)
    given = table if draw(st.booleans()) else None
    if given is None:
        values = [{**v, "administered_activity_MBq": 5.0} for v in values]
    return lt.Observations.from_frame(pd.DataFrame(values), administrations=given), table


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(study=studies())
def test_nothing_is_lost_on_the_way(tmp_path, study):
    observations, administrations = study
    paths = [tmp_path / "events.csv", tmp_path / "events.parquet"]
    tables = [lt.write_events(observations, administrations, path) for path in paths]
    for table in (tables[0], *paths):
        back, doses = lt.read_events(table)
        pd.testing.assert_frame_equal(back.frame, observations.frame, check_exact=True)
        pd.testing.assert_frame_equal(doses, administrations, check_exact=True)


def test_what_is_written_is_what_nonmem_reads(tmp_path):
    run = two_cycles("Lu-177")
    observations = lt.Observations.from_frame(scans(), administrations=run)
    path = tmp_path / "events.csv"
    lt.write_events(observations, run, path)
    lines = path.read_text().split("\n")
    assert lines[0].startswith("ID,TIME,TAD,OCC,EVID,MDV,AMT,RATE,DUR,CMT,DVID,DV,CENS,LIMIT,")
    assert lines[1].startswith("1,0.0,.,1,1,1,7400.0,14800.0,0.5,0,0,.,0,.,")
    assert lines[2].startswith("1,4.0,4.0,1,0,0,.,.,.,1,1,")
    numbers = pd.read_csv(path, na_values=".").iloc[:, :14]
    assert all(kind.kind in "if" for kind in numbers.dtypes)
    assert (numbers["TIME"].diff().dropna() >= 0).all()
    back, given = lt.read_events(path)
    assert back == observations
    table = lt.administration_table(run)
    table["patient"] = pd.Series(["p1", "p1"], dtype="object")  # they were of every patient
    pd.testing.assert_frame_equal(given, table, check_exact=True)


def test_an_export_without_administrations_is_refused():
    observations = lt.Observations.from_frame(scans())
    first = lt.administration_table(two_cycles("Lu-177")).iloc[:1]
    with pytest.raises(lt.DataError) as caught:
        lt.write_events(observations, first)
    assert len(caught.value.problems) == 20
    assert str(caught.value).startswith(
        "observations: row 21, column 'cycle': no administration of this patient, cycle and nuclide, "
        "found p1, 2, Lu-177\n"
    )
    bare = {c: {"activity_MBq": 7400, "nuclide": "Lu-177"} for c in (1, 2)}
    with pytest.raises(lt.DataError) as caught:
        lt.write_events(observations, bare)
    assert str(caught.value).split("\n") == [
        f"observations: {name} of an administration is not known, found patient p1, cycle {cycle} "
        f"(administration {cycle}), expected a number of 0 or more"
        for name, cycle in (("duration_h", 1), ("time_h", 2), ("duration_h", 2))
    ]

"""The table of measurements: units and decay state in, decaying activity out, problems all at once."""

import builtins
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lutetia as lt
from measured import HALF_LIFE, scans, two_cycles

GIVEN = {1: {"activity_MBq": 7400, "duration_h": 0.5, "nuclide": "Lu-177"}}
ROW = {
    "patient": "p1",
    "cycle": 1,
    "region": "kidney",
    "region_class": "organ",
    "t_h": 24.0,
    "quantity": "activity",
    "value": 140.0,
    "unit": "MBq",
    "decay_corrected": False,
    "modality": "SPECT",
    "nuclide": "Lu-177",
}


def table(**changes) -> pd.DataFrame:
    return pd.DataFrame([{**ROW, **changes}])


def one(**changes) -> pd.Series:
    return lt.Observations.from_frame(table(**changes), administrations=GIVEN).frame.iloc[0]


def problems_of(frame: pd.DataFrame, **options) -> list[str]:
    with pytest.raises(lt.DataError) as caught:
        lt.Observations.from_frame(frame, **options)
    assert [p["message"] for p in caught.value.problems] == str(caught.value).split("\n")
    return [p["message"] for p in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 140.0),
        ({"value": 140_000.0, "unit": "kBq"}, 140.0),
        ({"value": 0.14, "unit": "GBq"}, 140.0),
        ({"value": 3.0, "unit": "mCi"}, 111.0),
        ({"quantity": "fraction", "value": 2.0, "unit": "%"}, 148.0),
        ({"quantity": "fraction", "value": 0.02, "unit": "1"}, 148.0),
        ({"quantity": "concentration", "value": 0.5, "unit": "MBq/mL", "volume_mL": 300}, 150.0),
        ({"quantity": "concentration", "value": 500, "unit": "kBq/mL", "volume_mL": 300}, 150.0),
        ({"quantity": "concentration", "value": 500, "unit": "MBq/L", "volume_mL": 300}, 150.0),
    ],
)
@pytest.mark.parametrize("corrected", [False, True])
def test_every_way_of_writing_becomes_the_decaying_activity(changes, expected, corrected):
    row = one(decay_corrected=corrected, sd=changes.get("value", 140.0) / 10, **changes)
    decay = 2 ** (-24.0 / HALF_LIFE["Lu-177"]) if corrected else 1.0
    # A few products of doubles.
    assert row["activity_MBq"] == pytest.approx(expected * decay, rel=1e-14)
    assert row["sd_MBq"] == pytest.approx(expected * decay / 10, rel=1e-14)


def test_the_half_life_is_that_of_the_nuclide():
    row = one(nuclide="Ga-68", decay_corrected=True, t_h=67.71 / 60)
    assert row["activity_MBq"] == pytest.approx(70.0, rel=1e-14)


def test_a_censored_value_has_a_limit_and_may_be_empty():
    row = one(value=None, censoring="left", detection_limit=5.0, decay_corrected=True)
    assert math.isnan(row["activity_MBq"])
    assert row["detection_limit_MBq"] == pytest.approx(5 * 2 ** (-24 / HALF_LIFE["Lu-177"]))
    assert one()["censoring"] == "none"


def test_texts_are_read_as_numbers_and_words():
    row = one(value=" 140 ", t_h="24", decay_corrected="TRUE", cycle="1", include="no")
    assert (row["value"], row["t_h"], row["cycle"]) == (140.0, 24.0, 1)
    assert row["decay_corrected"]
    assert not row["include"]
    assert one(patient=1.0)["patient"] == "1"
    assert one(decay_corrected=np.bool_(True))["decay_corrected"]


def test_defaults_fill_in_columns_the_table_lacks():
    frame = table().drop(columns=["nuclide", "decay_corrected"])
    made = lt.Observations.from_frame(
        frame, defaults={"nuclide": "Lu-177", "decay_corrected": True}
    )
    assert made.frame["decay_corrected"].all()
    (message,) = problems_of(table(), defaults={"unit": "kBq"})
    assert message == (
        "observations: column 'unit': a default is given for a column of the table, "
        "expected a default for columns the table lacks"
    )


@pytest.mark.parametrize("column", ["decay_corrected", "unit", "value", "t_h", "patient"])
def test_a_missing_mandatory_column_is_one_problem(column):
    (message,) = problems_of(pd.concat([table()] * 3).drop(columns=column))
    assert message.startswith(f"observations: column {column!r}: the column is missing, expected ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decay_corrected": None}, "'decay_corrected': the value is missing, expected true or false"),
        ({"unit": " "}, "'unit': the value is missing, expected text"),
        ({"value": None}, "'value': the value is missing, expected a number of 0 or more; a value below"),
        ({"value": "12 MBq"}, "'value': the value is not a number, found '12 MBq', expected a number of 0 or more; units have a column of their own"),
        ({"value": True}, "'value': the value is not a number, found True"),
        ({"value": math.inf}, "'value': the value is not a number, found inf"),
        ({"value": -1}, "'value': the value is out of range, found -1, expected a number of 0 or more"),
        ({"t_h": -2}, "'t_h': the value is out of range, found -2, expected a number of 0 or more"),
        ({"sd": 0}, "'sd': the value is out of range, found 0, expected a number above 0"),
        ({"cycle": 0}, "'cycle': the value is out of range, found 0, expected a whole number of 1 or more"),
        ({"cycle": 1.5}, "'cycle': the value is not a whole number, found 1.5"),
        ({"decay_corrected": "maybe"}, "'decay_corrected': the value is neither true nor false, found 'maybe', expected true or false"),
        ({"region_class": "tumour"}, "'region_class': unknown region class 'tumour'; did you mean 'tumor'?"),
        ({"modality": "SPET"}, "'modality': unknown modality 'SPET'; did you mean 'SPECT'?"),
        ({"quantity": "SUV"}, "'quantity': unknown quantity 'SUV'; one of: activity, concentration, fraction"),
        ({"censoring": "right"}, "'censoring': unknown censoring 'right'"),
        ({"unit": "MBk"}, "'unit': the unit of an activity cannot be read: 'MBk' is not a unit"),
        ({"unit": "kBq/mL"}, "'unit': the unit of an activity cannot be read"),
        ({"quantity": "concentration", "volume_mL": 3}, "found 'MBq', expected a unit such as kBq/mL"),
        ({"quantity": "fraction", "administered_activity_MBq": 7400}, "found 'MBq', expected % or 1"),
        ({"quantity": "concentration", "unit": "kBq/mL"}, "'volume_mL': a concentration needs the volume of its region, expected a number above 0"),
        ({"quantity": "fraction", "unit": "%"}, "'administered_activity_MBq': a fraction needs the administered activity; give administrations= or the column"),
        ({"nuclide": "Lu-178"}, "'nuclide': "),
        ({"nuclide": "Lu177"}, "'nuclide': unknown nuclide 'Lu177'; did you mean 'Lu-177'?"),
        ({"censoring": "left"}, "'detection_limit': a censored value needs its detection limit, expected a number above 0"),
        ({"region": "kid\x07ney"}, r"'region': the text holds characters that cannot be printed, found 'kid\x07ney'"),
        ({"activity_MBq": 99.0}, "'activity_MBq': activity_MBq does not follow from value, unit and decay correction, found 99, expected 140; leave the column out, it is computed"),
        ({"tme": 3}, "observations: unknown column 'tme'"),
        ({"activity_MBq ": 3}, "unknown column 'activity_MBq '"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused(changes, message):
    (found,) = problems_of(table(**changes))
    assert message in found


def test_an_unknown_column_gets_a_suggestion():
    messages = problems_of(table().rename(columns={"decay_corrected": "decay_corected"}))
    assert "unknown column 'decay_corected'; did you mean 'decay_corrected'?" in messages[0]
    assert "the column is missing" in messages[1]
    twice = pd.concat([table(), table()[["unit"]]], axis=1)
    assert problems_of(twice) == [
        "observations: column 'unit' stands there 2 times, found, expected once".replace(
            ", found", ""
        )
    ]


def test_all_problems_come_at_once_with_their_rows_and_lines(tmp_path):
    path = tmp_path / "scans.csv"
    frame = pd.concat([table(), table(unit="", value=-1), table(region_class="tumour")])
    text = frame.to_csv(index=False).split("\n")
    path.write_text("\n".join([*text[:2], "", *text[2:]]))  # an empty line is no row
    with pytest.raises(lt.DataError) as caught:
        lt.Observations.read(path)
    problems = caught.value.problems
    places = [(p["row"], p["line"], p["column"]) for p in problems]
    assert places == [(2, 4, "value"), (2, 4, "unit"), (3, 5, "region_class")]
    assert str(caught.value).startswith(
        f"{path}:4: row 2, column 'value': the value is out of range"
    )
    assert isinstance(caught.value, ValueError)


def test_many_problems_are_shortened_in_the_text_alone():
    with pytest.raises(lt.DataError) as caught:
        lt.Observations.from_frame(pd.concat([table(value=-1)] * 60))
    assert len(caught.value.problems) == 60
    assert str(caught.value).endswith("\nand 10 more problems of observations")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"scans.csv: the file is empty, expected a header and rows"),
        ("a,b\n1\n", r"scans.csv:2: the row has another length than the header, found 1 cells, expected 2"),
        ('a,b\n"1,2\n', r"scans.csv:2: the file is no CSV table"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path, text, message):
    (tmp_path / "scans.csv").write_text(text)
    with pytest.raises(lt.DataError, match=message):
        lt.Observations.read(tmp_path / "scans.csv")


def test_other_kinds_of_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(lt.DataError, match=r"unknown kind of table '.xlsx', expected .csv or"):
        lt.Observations.read(tmp_path / "scans.xlsx")
    with pytest.raises(FileNotFoundError):
        lt.Observations.read(tmp_path / "scans.csv")
    known = builtins.__import__

    def without_pyarrow(name, *args, **options):
        if name == "pyarrow":
            raise ImportError(name)
        return known(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    message = (
        r"Parquet needs pyarrow, which is not installed; run: pip install 'lutetia\[parquet\]'"
    )
    with pytest.raises(ImportError, match=message):
        lt.Observations.read(tmp_path / "scans.parquet")
    with pytest.raises(ImportError, match=message):
        lt.Observations.from_frame(table()).write(tmp_path / "scans.parquet")


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and name.isprintable()
)
NUMBERS = st.floats(1e-6, 1e6)


@st.composite
def observations(draw) -> lt.Observations:
    rows = []
    for _ in range(draw(st.integers(1, 5))):
        quantity, unit = draw(
            st.sampled_from(
                [("activity", "kBq"), ("fraction", "%"), ("concentration", "kBq/mL"), ("activity", "MBq")]
            )
        )  # fmt: skip
        censored = draw(st.booleans())
        some = st.none() | NUMBERS
        rows.append(
            {
                "patient": draw(NAMES),
                "cycle": draw(st.integers(1, 4)),
                "region": draw(NAMES),
                "region_class": draw(st.sampled_from(["organ", "tumor", "whole_body", "excreta"])),
                "t_h": draw(st.floats(0, 1e3)),
                "quantity": quantity,
                "value": draw(some if censored else NUMBERS),
                "unit": unit,
                "sd": draw(some),
                "censoring": "left" if censored else "none",
                "detection_limit": draw(NUMBERS if censored else some),
                "decay_corrected": draw(st.booleans()),
                "modality": draw(st.sampled_from(["SPECT", "planar", "PET", "counter"])),
                "nuclide": draw(st.sampled_from(["Lu-177", "Ga-68"])),
                "volume_mL": draw(NUMBERS if quantity == "concentration" else some),
                "scan": draw(st.none() | NAMES),
                "include": draw(st.booleans()),
                "group": draw(st.none() | NAMES),
                "administered_activity_MBq": draw(NUMBERS if quantity == "fraction" else some),
            }
        )
    return lt.Observations.from_frame(pd.DataFrame(rows))


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(table=observations())
def test_files_keep_everything(tmp_path, table):
    for name in ("scans.csv", "scans.parquet"):
        table.write(tmp_path / name)
        back = lt.Observations.read(tmp_path / name)
        pd.testing.assert_frame_equal(back.frame, table.frame, check_exact=True)
        assert back == table


def test_a_frame_of_ours_is_read_again():
    table = lt.Observations.from_frame(scans(noise=0.1), administrations=two_cycles("Lu-177"))
    assert lt.Observations.from_frame(table.frame) == table
    assert table != table.for_patient("p1").frame
    late = lt.Observations.from_frame(table.frame[table.frame["t_h"] > 100])
    assert len(late) == 10


def test_administrations_come_from_regimens_runs_and_tables():
    run = two_cycles("Lu-177")
    of_run = lt.administration_table(run)
    assert of_run["time_h"].tolist() == [0.0, 1344.0]
    assert of_run["activity_MBq"].tolist() == pytest.approx([7400.0] * 2)
    assert of_run["duration_h"].tolist() == [0.5, 0.5]
    assert of_run["peptide_nmol"].tolist() == pytest.approx([100.0] * 2)
    dose = {"nuclide": "Lu-177", "amount": "100 nmol", "duration": "30 min"}
    cycle = lt.Infusion("dotatate", activity="7.4 GBq", **dose)
    regimen = lt.repeat(cycle, every="8 week", count=2)
    pd.testing.assert_frame_equal(lt.administration_table(regimen), of_run, rtol=1e-12)
    rows = [{**GIVEN[1], "cycle": 1}]
    pd.testing.assert_frame_equal(lt.administration_table(rows), lt.administration_table(GIVEN))
    measured = lt.Infusion("dotatate", calibrated_activity="8 GBq", calibration_time="-3 h", **dose)
    with pytest.raises(lt.DataError, match="row 1: the activity was measured at another time than"):
        lt.administration_table(lt.Regimen([measured]))
    calibrated = lt.simulate("sstr2_whole_body", "reference_male", measured)
    activity = lt.administration_table(calibrated)["activity_MBq"].tolist()
    assert activity == pytest.approx([8000 * 2 ** (-3 / HALF_LIFE["Lu-177"])])


def test_scans_before_a_therapy_begin_no_cycle():
    scan = lt.Bolus("dotatate", nuclide="Ga-68", activity="100 MBq", amount="10 nmol")
    scan.document["begins_cycle"] = False
    therapy = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min", at="7 d"
    )  # fmt: skip
    table = lt.administration_table(lt.Regimen([scan, therapy]))
    assert table[["cycle", "time_h", "nuclide"]].values.tolist() == [[1, 0.0, "Lu-177"]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"cycle": 1, "nuclide": "Lu-177"}], "administrations: column 'activity_MBq': the column is missing"),
        ([{"cycle": 1, "nuclide": "Lu-177", "activity_MBq": 0}], "row 1, column 'activity_MBq': the value is out of range"),
        ([{**GIVEN[1], "cycle": 1, "activity_GBq": 7.4}], "unknown column 'activity_GBq'; did you mean 'activity_MBq'?"),
        ([{**GIVEN[1], "cycle": 1}] * 2, "row 2: the administration stands there twice, found patient None, cycle 1, Lu-177, expected one per patient, cycle and nuclide"),
    ],
)  # fmt: skip
def test_a_wrong_administration_is_refused(rows, message):
    with pytest.raises(lt.DataError) as caught:
        lt.administration_table(rows)
    assert message in str(caught.value)


def test_the_administration_of_a_patient_goes_before_that_of_all():
    rows = [
        {**GIVEN[1], "cycle": 1},
        {**GIVEN[1], "cycle": 1, "patient": "p2", "activity_MBq": 3700},
    ]
    frame = pd.concat([table(), table(patient="p2"), table(cycle=2)])
    made = lt.Observations.from_frame(frame, administrations=rows).frame
    np.testing.assert_array_equal(made["administered_activity_MBq"], [7400, 3700, np.nan])
    with pytest.raises(lt.DataError) as caught:
        one(administered_activity_MBq=7000)
    assert (
        "column 'administered_activity_MBq': the administered activity is another one in the table "
        "of administrations, found 7000, expected 7400" in str(caught.value)
    )


def test_a_table_shows_itself():
    frame = pd.concat(
        [
            scans(),
            table(patient="p2", region="<b>", decay_corrected=True),
            table(patient="p2", region="<b>", value=None, censoring="left", detection_limit=1.0),
        ]
    )
    made = lt.Observations.from_frame(frame)
    assert repr(made) == "<Observations: 42 values of 2 patients, 3 cycles, 6 regions>"
    assert (
        repr(made.for_patient("p1"))
        == "<Observations: 40 values of 1 patient, 2 cycles, 5 regions>"
    )
    assert made.patients == ["p1", "p2"]
    assert len(made) == 42
    with pytest.raises(ValueError, match="unknown patient 'p3'; did you mean"):
        made.for_patient("p3")
    summary = made.summary()
    assert "Lu-177 SPECT: 34 values, decaying and decay-corrected, 4 to 168 h" in summary
    assert "1 below the detection limit, 2 without sd, 0 not included" in summary
    shown = made.for_patient("p1").table()
    assert shown.index.names == ["patient", "cycle", "nuclide", "modality", "t_h"]
    kidney = scans().query("region == 'kidney' and cycle == 2 and t_h == 24")["value"].item()
    assert shown.loc[("p1", 2, "Lu-177", "SPECT", 24.0), "kidney"] == kidney
    repeated = made.for_patient("p2").table()
    assert repeated.index.names[-1] == "repeat"
    assert repeated["<b>"].notna().tolist() == [True, False]
    assert "&lt;b&gt;" in made._repr_html_()


def test_a_copy_is_given_out():
    made = lt.Observations.from_frame(table())
    frame = made.frame
    frame.loc[0, "value"] = 1.0
    assert made.frame.loc[0, "value"] == 140.0

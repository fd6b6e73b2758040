"""Tables of PyTheranostics, as its code writes them."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from measured import HALF_LIFE

# As BaseDosimetry.initialize and compute_tia leave it, without masks of a scan.
RESULTS = pd.DataFrame(
    {
        "Time_hr": [[24.0, 72.0]] * 4,
        "Volume_CT_mL": [[150.0, 152.0], [160.0, 161.0], [7.0, 7.5], [7e4, 7e4]],
        "Activity_MBq": [[70.0, 40.0], [65.0, 39.0], [5.0, 3.5], [1100.0, 640.0]],
        "Density_HU": [[30.0, 31.0]] * 4,
        "TIA_MBq_h": [1.0] * 4,
    },
    index=["Kidney_Left", "Kidney_Right", "Lesion1", "WholeBody"],
)
REGIONS = {
    "Kidney_Left": "kidney",
    "Kidney_Right": "kidney",
    "Lesion1": {"region": "liver_1", "region_class": "tumor"},
    "WholeBody": "whole_body",
}
STATED = {"patient": "p1", "cycle": 2, "nuclide": "Lu-177", "decay_corrected": False}
BLOOD = pd.DataFrame(
    {
        "PatientID": "p1",
        "Time_hr": [1.0, 4.0],
        "Volume_mL": [2.0, 4.0],
        "Activity_Bq": [2e5, 1e5],
        "Haematocrit": [0.4, 0.4],
    }
)
SAMPLES = {
    "cycle": 1,
    "nuclide": "Lu-177",
    "decay_corrected": False,
    "activity": "per_mL",
    "sample": "plasma",
    "volume": "3 L",
}


def read(results: pd.DataFrame = RESULTS, **options) -> pd.DataFrame:
    return lt.read_pytheranostics(results, **{"regions": REGIONS, **STATED, **options}).frame


def refused(results: pd.DataFrame = RESULTS, **options) -> str:
    with pytest.raises(lt.DataError) as caught:
        read(results, **options)
    return str(caught.value)


def with_cell(row: int, column: str, cell) -> pd.DataFrame:
    out = RESULTS.copy()
    cells = out[column].tolist()
    cells[row] = cell
    return out.assign(**{column: cells})


def test_rows_become_values_and_kidneys_are_added():
    f = read()
    assert f["region"].tolist() == ["kidney"] * 2 + ["liver_1"] * 2 + ["whole_body"] * 2
    assert f["region_class"].tolist() == ["organ"] * 2 + ["tumor"] * 2 + ["whole_body"] * 2
    assert f["t_h"].tolist() == [24.0, 72.0] * 3
    assert f["activity_MBq"].tolist() == [135.0, 79.0, 5.0, 3.5, 1100.0, 640.0]
    assert f["volume_mL"].tolist() == [310.0, 313.0, 7.0, 7.5, 7e4, 7e4]
    assert set(f["cycle"]) == {2}
    assert set(f["modality"]) == {"SPECT"}


def test_the_decay_state_is_the_stated_one():
    f = read(decay_corrected=True)
    decay = 2 ** (-24 / HALF_LIFE["Lu-177"])
    assert f["activity_MBq"][0] == pytest.approx(135 * decay, rel=1e-14)


@pytest.mark.parametrize(
    "names",
    [
        {"Time_hr": "TimePoints_h"},
        {"Time_hr": "Time", "Activity_MBq": "activity_MBq", "Volume_CT_mL": "Volume_mL"},
        {"Volume_CT_mL": "volume_ml"},
        {"Volume_CT_mL": "Volume (ml)"},
    ],
)
def test_older_names_are_known(names):
    pd.testing.assert_frame_equal(read(RESULTS.rename(columns=names)), read())


def test_lists_may_be_texts_or_arrays_and_volumes_absent():
    texts = RESULTS.map(lambda cell: str(cell) if isinstance(cell, list) else cell)
    pd.testing.assert_frame_equal(read(texts), read())
    arrays = RESULTS.map(lambda cell: np.array(cell) if isinstance(cell, list) else cell)
    pd.testing.assert_frame_equal(read(arrays), read())
    assert read(RESULTS.drop(columns="Volume_CT_mL"))["volume_mL"].isna().all()
    unknown = read(with_cell(0, "Volume_CT_mL", [np.nan, 1.0]))
    assert unknown["volume_mL"].isna().tolist() == [True] + [False] * 5  # not that of one kidney
    assert len(read(regions={**REGIONS, "WholeBody": None})) == 4


@pytest.mark.parametrize(
    ("results", "options", "message"),
    [
        (RESULTS.drop(columns="Time_hr"), {}, "results: no column of time, expected one of Time_hr, TimePoints_h, Time"),
        (RESULTS.assign(Volume_mL=1), {}, "results: several columns of volume, found Volume_CT_mL, Volume_mL, expected one of"),
        (RESULTS, {"regions": {"Kidney_Lft": "kidney", **{k: v for k, v in REGIONS.items() if k != "Kidney_Left"}}}, "row 1, column 'index': unknown region 'Kidney_Left'; did you mean 'Kidney_Lft'?"),
        (RESULTS, {"regions": dict.fromkeys(REGIONS)}, "results: no row of the table is a region here, expected one that is not None"),
        (with_cell(2, "Activity_MBq", [5.0]), {}, "row 3: the lists of a region differ in length, found 2 of t_h, 1 of value, 2 of volume_mL"),
        (with_cell(2, "Activity_MBq", "five"), {}, "row 3, column 'Activity_MBq': the cell holds no list of numbers, found 'five'"),
        (with_cell(1, "Time_hr", [24.0, 73.0]), {}, "row 2: the rows that are region 'kidney' differ in their times, found [24.0, 72.0] and [24.0, 73.0]"),
        (with_cell(2, "Time_hr", [24.0, 24.0]), {}, "row 3: a time stands there twice, found [24.0, 24.0]"),
        (with_cell(2, "Activity_MBq", [-5.0, 1.0]), {}, "results: row 3, column 'Activity_MBq': the value is out of range, found -5"),
        (RESULTS, {"modality": "SPET"}, "unknown modality 'SPET'; did you mean 'SPECT'?"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused(results, options, message):
    assert message in refused(results, **options)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [600.0, 300.0]),  # 2e5 Bq/mL in 3 L
        ({"activity": "per_sample"}, [300.0, 75.0]),
        ({"sample": "whole_blood"}, [1000.0, 500.0]),
    ],
)
def test_blood_samples(options, expected):
    f = lt.read_pytheranostics_blood(BLOOD, **{**SAMPLES, **options}).frame
    assert f["activity_MBq"].tolist() == pytest.approx(expected, rel=1e-14)
    assert set(f["region"]) == {"serum"}
    assert set(f["region_class"]) == {"blood"}
    assert set(f["modality"]) == {"counter"}
    assert set(f["patient"]) == {"p1"}


def test_blood_and_results_go_together():
    blood = lt.read_pytheranostics_blood(BLOOD, **{**SAMPLES, "cycle": 2}, patient="p1")
    together = lt.Observations.from_frame(pd.concat([read(), blood.frame]))
    assert len(together) == 8
    assert together.patients == ["p1"]


@pytest.mark.parametrize(
    ("blood", "options", "message"),
    [
        (BLOOD.drop(columns="Haematocrit"), {"sample": "whole_blood"}, "blood: row 1, column 'Haematocrit': the value is missing"),
        (BLOOD.drop(columns="Volume_mL"), {"activity": "per_sample"}, "blood: row 1, column 'Volume_mL': the value is missing"),
        (BLOOD.drop(columns="PatientID"), {}, "blood: row 1, column 'PatientID': the value is missing"),
        (BLOOD.assign(Haematocrit=40), {"sample": "whole_blood"}, "row 1, column 'Haematocrit': the hematocrit is no fraction, found 40, expected a number between 0 and 1"),
        (BLOOD.rename(columns={"Time_hr": "Time_h"}), {}, "unknown column 'Time_h'; did you mean 'Time_hr'?"),
        (BLOOD, {"nuclide": "Lu177"}, "column 'nuclide': unknown nuclide 'Lu177'"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_blood_is_refused(blood, options, message):
    with pytest.raises(lt.DataError) as caught:
        lt.read_pytheranostics_blood(blood, **{**SAMPLES, **options})
    assert message in str(caught.value)


@pytest.mark.parametrize(("name", "words"), [("activity", "per_mL, per_sample"), ("sample", "whole_blood, plasma")])  # fmt: skip
def test_a_wrong_word_is_refused(name, words):
    with pytest.raises(ValueError, match=f"{name} must be one of {words}, found 'serum'"):
        lt.read_pytheranostics_blood(BLOOD, **{**SAMPLES, name: "serum"})
    with pytest.raises(lt.UnitError, match="volume: "):
        lt.read_pytheranostics_blood(BLOOD, **{**SAMPLES, "volume": "3 kg"})

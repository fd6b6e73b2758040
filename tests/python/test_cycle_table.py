"""Tables of values per cycle: both forms are read, and every problem is said with its place."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt


def problems_of(table, **options) -> list[str]:
    with pytest.raises(lt.DataError) as caught:
        lt.read_cycle_table(table, **options)
    assert [p["message"] for p in caught.value.problems] == str(caught.value).splitlines()
    return str(caught.value).splitlines()


def test_both_forms_are_the_same_table(tmp_path):
    wide = tmp_path / "wide.csv"
    wide.write_text("patient,lesion,group,Cycle 1,C2,3\nB,a,G1,20,18,\nA,a,G2,31,,25.5\n")
    tidy = tmp_path / "tidy.tsv"
    tidy.write_text(
        "Patient\tlesion\tGROUP\tcycle\tcomment\ttumor_absorbed_dose_Gy\n"
        "A\ta\tG2\t3\tlate\t25.5\nB\ta\tG1\t2\t\t18\nB\ta\tG1\t1\t\t20\nA\ta\tG2\t1\t\t31\n"
    )
    one, two = lt.read_cycle_table(wide), lt.read_cycle_table(tidy)
    pd.testing.assert_frame_equal(one, two)
    assert list(one.columns) == ["patient", "lesion", "cycle", "value", "group"]
    assert one["value"].tolist() == [31.0, 25.5, 20.0, 18.0]
    assert two.attrs["value"] == "tumor_absorbed_dose_Gy"
    assert lt.read_cycle_table(two[two["cycle"] > 1]).attrs["value"] == "tumor_absorbed_dose_Gy"
    tidy.write_text("patient,cycle,value\n1,1,2\n")
    assert problems_of(tidy)[0].startswith(f"{tidy}: no column 'patient'")


def test_a_file_that_is_no_table_is_refused(tmp_path):
    with pytest.raises(lt.DataError, match=r"t\.xlsx: expected a \.csv or \.tsv file; read others"):
        lt.read_cycle_table("t.xlsx")
    with pytest.raises(lt.DataError, match=r"none\.csv: cannot be read as a table: .*No such file"):
        lt.read_cycle_table(tmp_path / "none.csv")
    for text in ("", "patient,cycle\nA,1,2,3\nB,1\n,,,,,\n"):
        (tmp_path / "t.csv").write_text(text)
        with pytest.raises(lt.DataError, match=r"t\.csv: cannot be read as a table"):
            lt.read_cycle_table(tmp_path / "t.csv")


def test_optional_columns_are_kept_and_the_callers_table_is_not_changed():
    table = pd.DataFrame(
        {
            "patient": [1.0, 1.0, 10.0, 2.0],
            "cycle": [1, 2, 1, 1],
            "value": [3.0, 2.0, 1.0, 4.0],
            "standard_deviation": [0.3, 0.2, 0.1, 0.4],
            "volume_mL": [10.0, np.nan, 5.0, 6.0],
        }
    )
    before = table.copy()
    read = lt.read_cycle_table(table)
    pd.testing.assert_frame_equal(table, before)
    assert read["patient"].tolist() == ["1", "1", "2", "10"]  # in the order people count
    assert read["lesion"].unique().tolist() == ["lesion"]
    assert read["standard_deviation"].tolist() == [0.3, 0.2, 0.4, 0.1]
    assert read["volume_mL"].isna().tolist() == [False, True, False, False]


def test_the_value_is_found_or_named():
    table = pd.DataFrame({"patient": ["A"], "cycle": [1], "dose_of_kidney": [2.0], "other": [1.0]})
    assert problems_of(table) == [
        "table: no column with the value, found 'patient', 'cycle', 'dose_of_kidney', 'other'; name it with value="
    ]
    assert lt.read_cycle_table(table, value="other")["value"].tolist() == [1.0]
    assert problems_of(table, value="othr")[0].startswith("table: no column 'othr', found")
    both = table.assign(suv=1.0, tumor_uptake=2.0)
    assert problems_of(both) == [
        "table: several columns could be the value, found 'suv', 'tumor_uptake'; name it with value="
    ]


def test_every_wrong_cell_is_reported_at_once(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "patient,lesion,cycle,value,standard_deviation,volume_mL,group\n"
        "A,1,1,20,2,10,G1\n"
        "A,1,1.5,-3,2,10,G1\n"
        ",1,1,abc,2,10,G1\n"
        "A,,2,,0,-1,G1\n"
    )
    assert problems_of(path) == [
        f"{path}: row 3: column 'cycle': not a cycle, found 1.5, expected a whole number from 1",
        f"{path}: row 3: column 'value': not a positive number, found -3, expected a number above zero",
        f"{path}: row 4: column 'patient': empty cell, expected a name of the patient",
        f"{path}: row 4: column 'value': not a positive number, found abc, expected a number above zero",
        f"{path}: row 5: column 'lesion': empty cell, expected a name of the lesion",
        f"{path}: row 5: column 'value': not a positive number, found nothing, expected a number above zero",
        f"{path}: row 5: column 'standard_deviation': not a positive number, found 0, expected a number above zero",
        f"{path}: row 5: column 'volume_mL': not a positive number, found -1, expected a number above zero",
    ]
    with pytest.raises(lt.DataError) as caught:
        lt.read_cycle_table(path)
    first = caught.value.problems[0]
    assert (first["line"], first["column"], first["path"], first["found"]) == (3, 3, "cycle", "1.5")


def test_rows_that_contradict_each_other_are_refused():
    table = pd.DataFrame(
        {
            "patient": ["A", "A", "A"],
            "cycle": [1, 1, 2],
            "value": [3.0, 2.0, 1.0],
            "group": ["x", "x", "y"],
        }
    )
    assert problems_of(table) == [
        "table: row 2: a second value, found patient 'A', lesion 'lesion', cycle 1; "
        "several lesions of a patient need a column 'lesion'",
        "table: row 3: column 'group': patient 'A' is in two groups, found 'x', 'y', expected one group per patient",
    ]


def test_a_table_of_the_wrong_form_is_refused():
    assert problems_of(pd.DataFrame({"patient": ["A"], "value": [1.0]})) == [
        "table: no column 'cycle', expected a column 'cycle', or columns 'cycle_1', 'cycle_2', …"
    ]
    both = pd.DataFrame({"patient": ["A"], "cycle": [1], "cycle_1": [1.0]})
    assert problems_of(both)[0] == (
        "table: columns of both forms, found 'cycle' and 'cycle_1', expected one value per row, or one column per cycle"
    )
    wide = pd.DataFrame({"patient": ["A"], "cycle_1": [1.0], "C1": [2.0], "volume_mL": [3.0]})
    assert problems_of(wide) == [
        "table: column 'volume_mL' in a table with one column per cycle; give one value per row",
        "table: two columns for one cycle, found 'cycle_1', 'C1'",
    ]
    empty = pd.DataFrame({"patient": ["A"], "cycle_1": [None], "cycle_2": [""]})
    assert problems_of(empty) == ["table: no values in the table"]


def test_a_misspelled_column_is_not_overlooked():
    table = pd.DataFrame(
        {"patient": ["A"], "cycle": [1], "value": [1.0], "standard_deviaton": [0.1]}
    )
    assert problems_of(table) == [
        "table: unknown column 'standard_deviaton'; did you mean 'standard_deviation'?"
    ]

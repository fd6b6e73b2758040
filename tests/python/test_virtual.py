"""Virtual patients are the same however they are drawn."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt

WHO = ("sstr2_whole_body", "reference_male", "netter1")
KIDNEY = "kidney.receptor_density [nmol/L]"


def test_a_patient_does_not_depend_on_number_blocks_or_other_parameters():
    table = lt.virtual_patients(*WHO, n=11, seed=3)
    assert table.index.tolist() == list(range(11))
    blocks = list(lt.virtual_patient_blocks(*WHO, n=11, seed=3, block=4))
    pd.testing.assert_frame_equal(pd.concat(blocks), table, check_index_type=False)
    later = lt.virtual_patients(*WHO, n=2, seed=3, first=7)
    np.testing.assert_array_equal(later, table.loc[7:8])
    more = lt.virtual_patients(*WHO, n=11, seed=3, cv={"gfr": 0.2, "k_protein_binding": 0})
    assert set(more) - set(table) == {"gfr [L/h]"}
    assert set(table) - set(more) == {"k_protein_binding [1/h]"}
    np.testing.assert_array_equal(more[KIDNEY], table[KIDNEY])
    assert not np.array_equal(lt.virtual_patients(*WHO, n=11, seed=4)[KIDNEY], table[KIDNEY])


def test_values_are_log_normal_with_the_spread_of_the_model():
    n = 40_000
    table = lt.virtual_patients(*WHO, n=n, seed=1)
    run = lt.simulate(*WHO, times_per_cycle=1)
    cv = run.parameters["cv"].dropna()
    assert len(cv) == table.shape[1] >= 8
    logs = np.log(table)
    for name, spread in cv.items():
        (column,) = [c for c in table if c.partition(" [")[0] == name]
        median, omega = float(run.parameters["value"][name]), np.sqrt(np.log1p(float(spread) ** 2))
        # Four standard errors of the mean and of the standard deviation.
        assert abs(logs[column].mean() - np.log(median)) < 4 * omega / np.sqrt(n), name
        assert abs(logs[column].std() - omega) < 4 * omega / np.sqrt(2 * n), name
    correlation = logs.corr().to_numpy() - np.eye(logs.shape[1])
    assert abs(correlation).max() < 5 / np.sqrt(n)  # independent


def test_wrong_requests_are_refused():
    with pytest.raises(ValueError, match=r"cv must name parameters of the run, found \['gfrr'\]"):
        lt.virtual_patients(*WHO, n=1, seed=1, cv={"gfrr": 0.1})
    with pytest.raises(ValueError, match="gfr needs a positive value and coefficient of variation"):
        lt.virtual_patients(*WHO, n=1, seed=1, cv={"gfr": -0.1})
    with pytest.raises(ValueError, match="seed must be from 0"):
        lt.virtual_patients(*WHO, n=1, seed=-1)
    with pytest.raises(ValueError, match="n and first must not be negative, found -1 and 0"):
        lt.virtual_patients(*WHO, n=-1, seed=1)
    with pytest.raises(ValueError, match="block at least 1, found 3 and 0"):
        next(lt.virtual_patient_blocks(*WHO, n=3, seed=1, block=0))

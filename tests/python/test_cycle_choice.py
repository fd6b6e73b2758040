"""Comparison of cycle effects and prediction of last cycles, against numbers made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import lutetia as lt

WIDE = pd.DataFrame(
    {
        "patient": list("ABCDEF"),
        "cycle_1": [40.0, 31.0, 22.0, 35.0, 28.0, 50.0],
        "cycle_2": [33.0, 24.0, 19.0, 28.0, 22.0, 44.0],
        "cycle_3": [25.0, 21.0, 14.0, 23.0, None, 31.0],
    }
)


def tidy(values, **columns):
    """One patient, one lesion."""
    return pd.DataFrame(
        {"patient": "A", "cycle": range(1, len(values) + 1), "value": values, **columns}
    )


def ordinary(y, x):
    """−2 ln likelihood of a least-squares fit, its variance estimated by maximum likelihood."""
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return len(y) * (np.log(2 * np.pi * residual @ residual / len(y)) + 1)


def test_aicc_of_one_lesion_by_hand():
    y = np.log([30.0, 26.0, 25.0, 21.0, 20.5, 17.0, 16.5])
    n, z = len(y), np.arange(7.0)
    compared = lt.compare_cycle_effects(
        tidy(np.exp(y)), ("none", "after_first", "per_cycle_factor"), prediction=False
    )
    shapes = {"none": [], "after_first": [z > 0], "per_cycle_factor": [z]}
    expected = {}
    for term, shape in shapes.items():
        k = 2 + len(shape)  # level, variance, effect
        two_ln = ordinary(y, np.column_stack([np.ones(n), *shape]))
        expected[term] = two_ln + 2 * k + 2 * k * (k + 1) / (n - k - 1)
        assert compared.table.at[term, "minus_two_log_likelihood"] == pytest.approx(
            two_ln, abs=1e-8
        )
        assert compared.table.at[term, "parameters"] == k
        assert compared.table.at[term, "aicc"] == pytest.approx(expected[term], abs=1e-8)
    delta = np.array(list(expected.values())) - min(expected.values())
    weights = np.exp(-delta / 2) / np.exp(-delta / 2).sum()
    np.testing.assert_allclose(compared.table["delta"], delta, atol=1e-8)
    np.testing.assert_allclose(compared.table["weight"], weights, atol=1e-8)
    assert (compared.choice, compared.criterion) == ("per_cycle_factor", "aicc")
    assert compared.reason == "lowest AICc"
    assert "per_cycle_factor" in compared.summary()
    assert "Research use only" in compared._repr_html_()


def test_too_few_values_have_no_aicc():
    """N − K − 1 must be positive: five values carry three parameters, not four."""
    five = lt.compare_cycle_effects(tidy([30.0, 26.0, 25.0, 21.0, 20.0]), prediction=False)
    assert np.isfinite(five.table.loc[["none", "after_first", "per_cycle_factor"], "aicc"]).all()
    assert np.isnan(five.table.at["free_per_cycle", "aicc"])
    assert five.reason == "lowest AICc; too few values for free_per_cycle"
    three = lt.compare_cycle_effects(tidy([30.0, 24.0, 19.0]))
    assert three.choice is None
    assert three.reason.startswith(
        "neither AICc nor the prediction of last cycles can compare two terms; too few values"
    )
    assert repr(three) == "<CycleEffectComparison: undecided by none>"
    assert "undecided: neither" in three.summary()


def test_a_single_series_is_decided_by_prediction_when_its_noise_is_known():
    values, cv = np.array([30.0, 24.0, 19.0]), 0.1
    compared = lt.compare_cycle_effects(
        tidy(values), ("none", "per_cycle_factor"), inter_cycle_cv=cv
    )
    y, variance = np.log(values), np.log1p(cv**2)
    density = {
        "none": stats.norm.logpdf(y[2], y[:2].mean(), np.sqrt(variance * (1 + 1 / 2))),
        "per_cycle_factor": stats.norm.logpdf(y[2], 2 * y[1] - y[0], np.sqrt(variance * 6)),
    }
    for term, expected in density.items():
        assert compared.table.at[term, "log_predictive_density"] == pytest.approx(
            expected, abs=1e-9
        )
    assert compared.table.at["none", "rmse_ln"] == pytest.approx(abs(y[2] - y[:2].mean()), abs=1e-9)
    assert (compared.choice, compared.criterion) == ("per_cycle_factor", "prediction")
    flat = lt.compare_cycle_effects(
        tidy([30.0, 31.0, 29.5]), ("none", "per_cycle_factor"), inter_cycle_cv=cv
    )
    assert flat.choice == "none"


def test_the_deviations_of_a_term_are_those_of_lowest_aicc():
    random = np.random.default_rng(8)
    slopes = -0.2 + 0.25 * random.normal(size=(12, 1))
    y = 3 + slopes * np.arange(4) + 0.05 * random.normal(size=(12, 4))
    table = pd.DataFrame(np.exp(y), columns=["C1", "C2", "C3", "C4"]).assign(patient=range(12))
    compared = lt.compare_cycle_effects(table, prediction=False)
    assert compared.table.at["per_cycle_factor", "deviations"] == ("patient",)
    common = pd.DataFrame(
        np.exp(y - slopes * np.arange(4) - 0.2 * np.arange(4)), columns=["C1", "C2", "C3", "C4"]
    )
    assert (
        lt.compare_cycle_effects(common.assign(patient=range(12)), prediction=False).table.at[
            "per_cycle_factor", "deviations"
        ]
        == ()
    )
    fit = lt.fit_cycle_effect(table)
    pd.testing.assert_frame_equal(fit.compare(prediction=False).table, compared.table)


def test_a_term_that_does_not_fit_the_table_is_listed_without_numbers():
    table = tidy([30.0, 25.0, 21.0, 17.0, 14.0, 12.0]).assign(cycle=range(2, 8))
    compared = lt.compare_cycle_effects(table, prediction=False)
    assert compared.choice == "per_cycle_factor"
    assert compared.table.loc[["after_first", "free_per_cycle"], "aicc"].isna().all()


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (("none", "linear"), "terms must be some of none, after_first, per_cycle_factor, exponential, free_per_cycle, found"),
        ("none", "terms must be some of"),
        (("exponential", "per_cycle_factor"), "terms must be at least two different curves, found"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_compared_are_refused(terms, message):
    with pytest.raises(ValueError, match=message):
        lt.compare_cycle_effects(WIDE, terms)


def test_baselines_of_the_last_cycle_by_hand():
    score = lt.score_last_cycle(WIDE)
    made = score.predictions.set_index("patient")
    assert made["cycle"].tolist() == [3, 3, 3, 3, 2, 3]
    assert made["last_value"].tolist() == [33.0, 24.0, 19.0, 28.0, 28.0, 44.0]
    values = WIDE.set_index("patient")
    changes = np.log(values).diff(axis=1)[["cycle_2", "cycle_3"]]
    for patient in values.index:
        ratio = np.exp(np.nanmean(changes.drop(index=patient).to_numpy()))
        expected = made.at[patient, "last_value"] * ratio
        assert made.at[patient, "group_mean_ratio"] == pytest.approx(expected, rel=1e-12)
    error = np.log(made["last_value"] / made["value"])
    row = score.table.loc["last_value"]
    assert row["rmse_ln"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-12)
    percent = 100 * (made["last_value"] / made["value"] - 1).abs()
    assert row["median_absolute_percentage_error"] == pytest.approx(percent.median(), rel=1e-12)
    assert np.isnan(row["coverage_90"])
    inside = made["value"].between(made["low"], made["high"]).mean()
    assert score.table.at["cycle_effect", "coverage_90"] == inside
    assert score.table["n"].tolist() == [6, 6, 6]
    assert score.table.at["cycle_effect", "rmse_ln"] < row["rmse_ln"]


def test_the_last_cycle_is_not_seen_by_the_fit_that_predicts_it():
    one = lt.score_last_cycle(WIDE).predictions.set_index("patient")
    changed = WIDE.assign(cycle_3=WIDE["cycle_3"].where(WIDE["patient"] != "A", 99.0))
    two = lt.score_last_cycle(changed).predictions.set_index("patient")
    columns = ["estimate", "low", "high", "group_mean_ratio"]
    pd.testing.assert_series_equal(one.loc["A", columns], two.loc["A", columns], check_exact=True)
    assert one.at["B", "estimate"] != two.at["B", "estimate"]
    without = lt.fit_cycle_effect(
        WIDE.assign(cycle_3=WIDE["cycle_3"].where(WIDE["patient"] != "A"))
    )
    guess = without.predict(3, "A").iloc[0]
    assert one.at["A", "high"] == pytest.approx(guess["high"], rel=1e-12)


def test_the_ratio_is_that_of_the_patients_group_and_of_the_gap_between_cycles():
    table = pd.DataFrame(
        [("A", 1, 10.0, "x"), ("A", 3, 5.0, "x"), ("B", 1, 10.0, "x"), ("B", 2, 8.0, "x"),
         ("C", 1, 10.0, "y"), ("C", 2, 2.0, "y"), ("D", 1, 9.0, "y"), ("D", 2, 3.0, "y")],
        columns=["patient", "cycle", "value", "group"],
    )  # fmt: skip
    score = lt.score_last_cycle(table, "none")
    made = score.predictions.set_index("patient")["group_mean_ratio"]
    expected = [10 * 0.8**2, 10 * 0.5**0.5, 10 / 3]
    np.testing.assert_allclose(made[["A", "B", "C"]], expected, rtol=1e-12)


def test_patients_who_cannot_be_predicted_are_counted():
    table = pd.concat([WIDE, pd.DataFrame({"patient": ["G"], "cycle_1": [20.0]})])
    score = lt.score_last_cycle(table)
    assert score.not_predicted == 1
    assert "1 patients not predicted" in score.summary()
    alone = pd.DataFrame({"patient": ["A"], "cycle_1": [3.0], "cycle_2": [2.0], "cycle_3": [1.5]})
    with pytest.raises(
        lt.DataError,
        match="no last cycle can be predicted: 2 values for 2 fixed effects leave nothing",
    ):
        lt.score_last_cycle(alone)
    with pytest.raises(
        lt.DataError, match="no last cycle can be predicted: no patient has two cycles"
    ):
        lt.score_last_cycle(alone[["patient", "cycle_1"]])
    known = lt.score_last_cycle(alone, inter_cycle_cv=0.1)
    assert known.table["n"].tolist() == [1, 1, 1]
    assert np.isnan(known.table.at["group_mean_ratio", "rmse_ln"])  # there are no others
    assert repr(known) == "<LastCycleScore: 1 values>"
    assert "Research use only" in known._repr_html_()

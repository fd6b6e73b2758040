"""Reports on fits: criteria of the field on cases made for them, and numbers with a closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from lutetia.errors import FitError
from lutetia.fitting.residuals import residual_hints, residual_table
from toy_fits import linear, linear_fit, toy_fit

FLAT = 1e3  # of a prior: its weight against a measurement with sd 0.1 … 1 is 1e-6 or less


def one_each(sds, prior_sd):
    """Each coordinate measured once, with its own error."""
    design = np.diag(1.0 / np.array(sds))
    return toy_fit(linear(design), np.ones(len(sds)), prior_sd, sd=1.0)


def test_variation_of_a_parameter_follows_from_the_variance_of_its_logarithm():
    report = one_each([0.4, 0.5], [FLAT, FLAT]).gof()
    # CV = √(exp Var − 1): 0.417 and 0.533. The prior takes 1e-6 of the variance.
    np.testing.assert_allclose(report.table["cv"], np.sqrt(np.expm1([0.16, 0.25])), rtol=1e-5)
    assert "p1: CV 53% after the fit" in report.flags
    assert "p1: CV 53% from the measurements alone" in report.flags
    assert not any(flag.startswith("p0") for flag in report.flags)
    assert not report.criteria.loc["cv < 50 %"].any()
    assert list(report.table["verdict"]) == ["identified", "practically not identifiable"]


def test_an_informative_prior_passes_the_criteria_that_measurements_alone_do_not():
    report = one_each([0.6], [0.35]).gof()
    variance = 1.0 / (1.0 / 0.36 + 1.0 / 0.1225)
    row = report.table.loc["p0"]
    assert row["cv"] == pytest.approx(np.sqrt(np.expm1(variance)), rel=1e-9)
    assert row["likelihood_cv"] == pytest.approx(np.sqrt(np.expm1(0.36)), rel=1e-9)
    assert row["gain"] == pytest.approx(1.0 - variance / 0.1225, rel=1e-9)
    assert report.criteria.loc["cv < 50 %"].tolist() == [True, False]
    assert report.flags == ("p0: CV 66% from the measurements alone",)


@pytest.mark.parametrize(("rho", "held"), [(-0.79, True), (-0.81, False)])
def test_correlation_beyond_the_limit_is_flagged(rho, held):
    # Sum with variance a, difference with b: ρ = (a − b)/(a + b).
    a = 0.01
    b = a * (1.0 - rho) / (1.0 + rho)
    design = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt([[a], [b]])
    report = toy_fit(linear(design), [1.0, 1.0], [FLAT, FLAT], sd=1.0).gof()
    assert report.table["largest_correlation"].tolist() == pytest.approx([rho, rho], abs=1e-6)
    assert report.table["correlated_with"].tolist() == ["p1", "p0"]
    assert report.criteria.loc["|correlation| < 0.8"].tolist() == [held, held]
    message = f"p0 and p1: correlation {rho:+.2f} after the fit, beyond ±0.8"
    assert (message in report.flags) != held


def test_a_pair_known_by_its_product_alone_is_named():
    fit = toy_fit(linear(np.array([[1.0, 1.0]] * 4)), [0.2, 0.1, 0.3, 0.2], [0.5, 0.5], sd=0.1)
    report = fit.gof()
    assert [d.text for d in report.directions] == ["the data know 'p0' × 'p1', not each"]
    assert report.directions[0].gain == pytest.approx(0.0, abs=1e-9)
    assert report.table["likelihood_cv"].tolist() == [np.inf, np.inf]
    assert report.table["likelihood_correlation"].isna().all()
    assert report.criteria["likelihood"].tolist() == [False, False]
    assert "p0: not determined by the measurements alone" in report.flags


@pytest.mark.parametrize(
    ("design", "texts"),
    [
        ([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]], ["the data know 'p0' / 'p1', not each"]),
        ([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ["the data say nothing about 'p1'"]),
        (
            [[1.0, -1.0, 0.0], [0.0, 1.0, 1.0]],
            ["a rise of 'p0' and 'p1' with a fall of 'p2' hardly changes the predictions"],
        ),
        ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], []),
    ],
)
def test_what_measurements_leave_open_is_said_in_words(design, texts):
    fit = toy_fit(linear(np.array(design)), np.zeros(len(design)), [1.0] * 3, sd=0.01)
    found = [d.text for d in fit.gof().directions]
    assert found == texts


def test_the_criterion_of_akaike_counts_parameters_and_measurements():
    fit, *_ = linear_fit()
    n, k = 6, 3
    r = fit.rows["residual"].to_numpy()
    log_likelihood = norm.logpdf(r).sum() - n * np.log(0.4)
    expected = -2.0 * log_likelihood + 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1)
    assert fit.aicc == pytest.approx(expected, rel=1e-10)
    assert fit.gof().aicc == fit.aicc


def test_the_criterion_of_akaike_needs_two_measurements_more_than_parameters():
    design = np.random.default_rng(1).standard_normal((4, 2))
    assert np.isfinite(toy_fit(linear(design), np.ones(4), [1.0, 1.0], sd=0.5).aicc)
    fit = toy_fit(linear(design[:3]), np.ones(3), [1.0, 1.0], sd=0.5)
    message = (
        "AICc of 2 parameters needs at least 4 measurements, found 3; compare by "
        "log_marginal_likelihood"
    )
    with pytest.raises(FitError, match=message):
        _ = fit.aicc
    assert fit.gof().aicc is None
    assert "AICc none" in fit.gof().summary()


@pytest.mark.parametrize(("prior_sd", "by"), [(FLAT, "aicc"), (0.2, "log_marginal_likelihood")])
def test_fits_with_informative_priors_are_compared_by_the_marginal_likelihood(prior_sd, by):
    fit = toy_fit(linear(np.ones((5, 1))), np.zeros(5), [prior_sd], sd=0.3)
    assert fit.gof().compare_by == by


def test_the_marginal_likelihood_of_a_linear_model_is_exact():
    fit, *_ = linear_fit()
    design = np.asarray(fit._at["jacobian"])
    covariance = 0.16 * np.eye(6) + design @ fit.prior.covariance @ design.T
    exact = multivariate_normal.logpdf(fit.rows["activity_MBq"], np.zeros(6), covariance)
    assert fit.log_marginal_likelihood == pytest.approx(exact, rel=1e-9)


def rows(residuals, **columns):
    n = len(residuals)
    out = pd.DataFrame({"residual": residuals, "row": range(n), "t_h": np.arange(1.0, n + 1.0)})
    return out.assign(**{"region": "kidney", "cycle": 1, "error_group": "g", **columns})


def test_residuals_are_summarized_by_group():
    table = residual_table(rows([0.5, -1.0, np.nan, 3.5], row=[4, 5, 6, 9]))
    row = table.loc["g"]
    assert (row["n"], row["below_limit"], row["worst"], row["worst_row"]) == (4, 1, 3.5, 10)
    assert row["mean"] == pytest.approx(1.0)
    assert row["sd"] == pytest.approx(np.sqrt((0.25 + 1.0 + 12.25) / 3))
    assert residual_hints(table) == [
        "g: residuals scatter 2.1 times as wide as assumed",
        "g: row 10 is +3.5 standard deviations off",
    ]


def test_residuals_that_keep_their_sign_are_noticed():
    table = residual_table(rows([0.9, 0.7, 0.8, 0.9, 0.7, -0.8, -0.9, -0.7, -0.8, -0.9]))
    # Two runs of five: mean 6, variance 50·40/(100·9).
    assert table.loc["g", "runs_p"] == pytest.approx(norm.cdf(-4.0 / np.sqrt(20.0 / 9.0)))
    assert residual_hints(table) == [
        "g: residuals keep their sign along time; the model may miss a shape"
    ]
    mixed = residual_table(rows([0.9, -0.7, 0.8, -0.9, 0.7, -0.8, 0.9, -0.7]))
    assert residual_hints(mixed) == []


def test_residuals_with_a_trend_are_noticed():
    # Short curves: runs tell nothing, but each falls.
    curves = [rows([1.0, 0.1, -1.1], region=f"r{k}") for k in range(4)]
    table = residual_table(pd.concat(curves, ignore_index=True))
    assert table.loc["g", "runs_p"] > 0.01
    assert residual_hints(table) == [
        "g: residuals have a trend in time; the model may miss a slope"
    ]


def test_a_group_without_a_value_above_its_limit_has_no_residuals():
    row = residual_table(rows([np.nan, np.nan])).loc["g"]
    assert np.isnan(row["mean"])
    assert np.isnan(row["runs_p"])
    assert row["worst_row"] == 0


def test_reports_show_themselves():
    report = one_each([0.4, 0.9], [0.5, 0.5]).gof()
    text = report.summary()
    for part in ("verdict", "cv < 50 %", "not held", "compare models by", "Research use only"):
        assert part in text
    assert repr(report) == "<GofReport: 2 parameters, 2 measurements, 1 flag>"
    assert "&lt;GofReport" in report._repr_html_()

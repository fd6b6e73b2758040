"""Bootstrap and importance resampling against spreads with a closed form."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import t as student

from lutetia.errors import FitError
from lutetia.fitting.bootstrap import draw_measurements
from lutetia.fitting.error_models import ErrorModel
from toy_fits import exponential, linear, linear_fit, toy_fit

N = 300
SPREAD = 4.0 / np.sqrt(2.0 * N)  # four standard errors of a standard deviation, relative


def test_with_the_prior_redrawn_the_spread_is_that_of_the_posterior():
    fit, mean, covariance = linear_fit()
    found = fit.bootstrap(N, seed=1)
    sd = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found.phi.std(), sd, rtol=SPREAD)
    np.testing.assert_allclose(found.phi.mean(), mean, atol=4.0 * sd.max() / np.sqrt(N))
    np.testing.assert_allclose(found.table["cv"], np.sqrt(np.expm1(found.phi.var())), rtol=1e-12)
    np.testing.assert_allclose(found.values["p1"], np.exp(found.phi["p1"]), rtol=1e-12)


def test_with_the_prior_as_it_is_the_spread_is_that_of_the_estimate():
    # Prior and measurement weigh the same: the estimate has half the variance of the posterior,
    # and is drawn half of the way from the fit to the mean of the prior.
    fit = toy_fit(linear(np.ones((1, 1))), [1.0], [0.4], sd=0.4)
    found = fit.bootstrap(N, seed=1, redraw_prior=False)
    assert found.phi["p0"].std() == pytest.approx(0.2, rel=SPREAD)
    assert found.phi["p0"].mean() == pytest.approx(0.25, abs=4.0 * 0.2 / np.sqrt(N))
    redrawn = fit.bootstrap(N, seed=1)
    assert redrawn.phi["p0"].std() == pytest.approx(0.4 / np.sqrt(2.0), rel=SPREAD)


def test_a_replicate_depends_on_seed_and_number_alone():
    fit, *_ = linear_fit()
    many = fit.bootstrap(12, seed=3, threads=2)
    few = fit.bootstrap(5, seed=3, threads=1)
    np.testing.assert_array_equal(many.phi.iloc[:5], few.phi)
    assert not np.allclose(fit.bootstrap(5, seed=4).phi, few.phi)


@pytest.mark.parametrize(
    ("error", "sd", "spread"),
    [
        (ErrorModel("fixed"), 0.3, lambda f: 0.3),
        (ErrorModel("proportional_model", cv=0.1), np.nan, lambda f: 0.1 * f),
        (ErrorModel("proportional_data", cv=0.1), np.nan, lambda f: 0.1 * f),
        (ErrorModel("combined_sd", cv=0.1, sd=0.1), np.nan, lambda f: 0.1 + 0.1 * f),
        (ErrorModel("combined_variance", cv=0.1, sd=0.1), np.nan, lambda f: np.hypot(0.1, 0.1 * f)),
    ],
)
def test_measurements_scatter_as_their_error_model_says(error, sd, spread):
    fit = toy_fit(exponential(np.full(4000, 1e-9)), [2.0] * 4000, [10.0, 1e-3], error=error, sd=sd)
    drawn = draw_measurements(fit, np.random.default_rng(2))["activity_MBq"]
    f = fit.rows["predicted_MBq"].iloc[0]
    assert drawn.std() == pytest.approx(spread(f), rel=4.0 / np.sqrt(8000.0))
    assert drawn.mean() == pytest.approx(f, abs=4.0 * spread(f) / np.sqrt(4000.0))


@pytest.mark.parametrize(
    ("error", "variance"),
    [
        (ErrorModel(cv=0.2), 0.04),
        (ErrorModel("student_t", cv=0.2, degrees=10.0), 0.04 * 10.0 / 8.0),
    ],
)
def test_logarithms_of_measurements_scatter_as_their_error_model_says(error, variance):
    fit = toy_fit(exponential(np.full(4000, 1e-9)), [2.0] * 4000, [10.0, 1e-3], error=error)
    drawn = np.log(draw_measurements(fit, np.random.default_rng(2))["activity_MBq"])
    assert drawn.var() == pytest.approx(variance, rel=0.12)
    assert np.exp(drawn.mean()) == pytest.approx(2.0, rel=0.015)


def test_drawn_values_below_their_limit_are_not_seen():
    model = exponential(np.array([0.1, 3.0]))
    y = model(np.zeros(2))[0]
    fit = toy_fit(model, y, [0.1, 0.1], error=ErrorModel(cv=0.2), limits=[0.01, y[1]])
    rng = np.random.default_rng(2)
    drawn = [draw_measurements(fit, rng) for _ in range(400)]
    assert not any(rows["censoring"].iloc[0] == "left" for rows in drawn)
    # The limit is about the median: half of them, within 4 standard errors.
    below = np.mean([rows["censoring"].iloc[1] == "left" for rows in drawn])
    predicted = fit.rows["predicted_MBq"].iloc[1]
    assert predicted == pytest.approx(y[1], rel=1e-3)
    assert below == pytest.approx(0.5, abs=4.0 * 0.5 / np.sqrt(400))


def test_replicates_without_a_minimum_are_counted_and_named():
    model = exponential(np.array([3.0]))
    y = model(np.zeros(2))[0]
    fit = toy_fit(model, y, [0.1, 0.1], error=ErrorModel(cv=0.2), limits=y)
    found = fit.bootstrap(40, seed=1)
    assert len(found.phi) + len(found.failures) == 40
    assert 8 <= len(found.failures) <= 32
    assert set(found.failures["status"]) == {"no_data"}
    assert set(found.phi.index).isdisjoint(found.failures.index)
    assert repr(found) == (
        f"<Bootstrap: {len(found.phi)} of 40 fits, {len(found.failures)} failed>"
    )
    assert "p1" in found._repr_html_()


def test_a_bootstrap_without_any_minimum_says_why():
    model = exponential(np.array([3.0]))
    y = model(np.zeros(2))[0]
    fit = toy_fit(model, y, [0.1, 0.1], error=ErrorModel(cv=0.1), limits=100.0 * y)
    message = "none of 3 replicates ended at a minimum; no_data: every drawn measurement is below"
    with pytest.raises(FitError, match=message):
        fit.bootstrap(3)
    with pytest.raises(ValueError, match="n must be at least 2, found 1"):
        fit.bootstrap(1)


def test_measurements_stay_positive():
    error = ErrorModel("combined_sd", cv=0.1, sd=2.0)
    fit = toy_fit(exponential(np.full(50, 1e-9)), [2.0] * 50, [0.1, 0.1], error=error)
    drawn = draw_measurements(fit, np.random.default_rng(1))["activity_MBq"]
    assert (drawn > 0.0).all()


def efficiency_of_t5_for_a_normal(q):
    """1 / ∫ normal² / t₅ over q dimensions, by the radius."""
    nu = 5.0
    log_t = gammaln((nu + q) / 2) - gammaln(nu / 2) - q / 2 * np.log(nu * np.pi)
    log_surface = np.log(2.0) + q / 2 * np.log(np.pi) - gammaln(q / 2)

    def integrand(r):
        log_ratio = -q * np.log(2 * np.pi) - r**2 - log_t + (nu + q) / 2 * np.log1p(r**2 / nu)
        return np.exp(log_ratio + log_surface + (q - 1) * np.log(r))

    return 1.0 / quad(integrand, 0.0, np.inf)[0]


def test_draws_about_a_normal_posterior_are_worth_what_the_proposal_allows():
    fit, mean, covariance = linear_fit()
    found = fit.importance(4000, seed=2)
    # 0.894 for three coordinates; the relative spread of Σw² is some 2 % at 4000 draws.
    assert found.efficiency == pytest.approx(efficiency_of_t5_for_a_normal(3), rel=0.03)
    assert found.failures == 0
    assert found.weights.sum() == pytest.approx(1.0)
    error = 4.0 / np.sqrt(found.effective)
    np.testing.assert_allclose(
        np.log(found.draws).std(), np.sqrt(np.diag(covariance)), rtol=error / np.sqrt(2.0)
    )
    np.testing.assert_allclose(
        np.log(found.draws).mean(), mean, atol=error * np.sqrt(covariance.max())
    )
    # The mean weight has a relative error of √((1/0.894 − 1)/4000) = 0.5 %.
    assert found.log_marginal_likelihood == pytest.approx(fit.log_marginal_likelihood, abs=0.02)
    laplace = found.table[["laplace_low", "laplace_high"]].to_numpy()
    assert np.abs(np.log(found.table[["low", "high"]].to_numpy() / laplace)).max() < 0.15


def test_weights_correct_what_is_not_normal():
    # One measurement with heavy-tailed errors, prior next to flat: the posterior is Student's t.
    error = ErrorModel("student_t", cv=0.3, degrees=3.0)
    fit = toy_fit(exponential(np.zeros(1)), [1.0], [30.0, 1e-3], error=error)
    found = fit.importance(10_000, seed=1)
    exact = 0.3 * student.ppf(0.95, 3.0)
    # The quantile of 10 000 draws has a relative error of 2.3 %; Laplace's approximation is 14 % off.
    assert np.log(found.table.loc["p0", "high"]) == pytest.approx(exact, rel=0.09)
    laplace = 0.3 * np.sqrt((3.0 + 3.0) / (3.0 + 1.0)) * 1.644854
    assert np.log(found.table.loc["p0", "laplace_high"]) == pytest.approx(laplace, rel=1e-3)
    assert laplace < 0.87 * exact


def test_draws_without_a_prediction_are_counted():
    def ending(phi):
        return None if phi[0] > 0.3 else (phi[:1], np.ones((1, 1)))

    fit = toy_fit(ending, [0.0], [1.0], sd=0.5)
    found = fit.importance(2000, seed=1)
    assert found.failures == np.sum(found.z[:, 0] > 0.3)
    assert found.failures > 0
    assert (found.draws["p0"] <= np.exp(0.3)).all()
    assert repr(found).endswith(f"{found.failures} failed>")
    assert "laplace_low" in found._repr_html_()


def test_few_effective_draws_are_a_warning():
    fit, *_ = linear_fit()
    with pytest.warns(RuntimeWarning, match="50 draws about the fit are worth 4.; intervals of"):
        fit.importance(50)
    with pytest.raises(ValueError, match="n must be at least 2, found 1"):
        fit.importance(1)

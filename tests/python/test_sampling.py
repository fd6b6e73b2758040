"""Draws from the posterior, and the agreement of all ways to an interval."""

import sys

import numpy as np
import pytest

from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.prior import Prior
from toy_fits import exponential, linear_fit, toy_fit

pytest.importorskip("nutpie")


def test_draws_of_a_linear_model_have_its_mean_and_covariance():
    fit, mean, covariance = linear_fit()
    phi = fit.sample(1000, chains=2, seed=1).posterior["phi"]
    assert dict(phi.sizes) == {"chain": 2, "draw": 1000, "coordinate": 3}
    values = phi.values.reshape(-1, 3)
    sd = np.sqrt(np.diag(covariance))
    # Draws of NUTS are worth at least half as many independent ones here.
    error = 4.0 / np.sqrt(1000)
    np.testing.assert_allclose(values.mean(axis=0), mean, atol=error * sd.max())
    np.testing.assert_allclose(values.std(axis=0), sd, rtol=error / np.sqrt(2.0))
    found = np.corrcoef(values.T)[0, 1]
    assert found == pytest.approx(covariance[0, 1] / (sd[0] * sd[1]), abs=error)


@pytest.fixture(scope="module")
def washout():
    """Four scans of a washout with 10 % errors: a posterior close to normal."""
    times = np.array([4.0, 24.0, 96.0, 168.0])
    model = exponential(times)
    y = model(np.array([5.0, -4.5]))[0] * np.exp(0.1 * np.array([0.5, -1.2, 0.9, -0.3]))
    error = ErrorModel(cv=0.1)
    return toy_fit(model, y, [0.5, 0.4], error=error, mean=[4.8, -4.3], times=times)


@pytest.mark.parametrize(("level", "z"), [(0.9, 1.644854), (0.95, 1.959964)])
def test_laplace_profile_draws_and_weights_agree_within_a_tenth(washout, level, z):
    draws = washout.sample(1500, chains=2, seed=2).posterior
    assert draws.attrs["divergences"] == 0
    weighted = washout.importance(4000, seed=1)
    for k, name in enumerate(washout.prior.names):
        sd = np.sqrt(washout.covariance[k, k])
        laplace = washout.phi[k] + z * sd * np.array([-1.0, 1.0])
        profile = np.log(washout.profile(name, level=level).interval)
        tails = [0.5 - 0.5 * level, 0.5 + 0.5 * level]
        sampled = np.quantile(np.log(draws[name].values), tails)
        resampled = np.quantile(np.log(weighted.draws[name]), tails)
        width = 2.0 * z * sd
        for interval in (profile, sampled, resampled):
            # Ends within a tenth of the width, and so the width itself within a tenth.
            np.testing.assert_allclose(interval, laplace, atol=0.1 * width)
            assert np.diff(interval)[0] == pytest.approx(width, rel=0.1)


def test_draws_are_values_by_name_in_their_units(washout):
    trace = washout.sample(500, tune=200, chains=3, seed=1)
    posterior = trace.posterior
    assert list(posterior["phi"]["coordinate"].values) == washout.prior.names
    np.testing.assert_allclose(
        posterior["p1"], np.exp(posterior["phi"].sel(coordinate="p1")), rtol=1e-12
    )
    assert posterior["p1"].attrs["units"] == "1"
    assert posterior.attrs["largest_r_hat"] < 1.01
    assert posterior.attrs["smallest_ess"] > 400.0
    again = washout.sample(500, tune=200, chains=3, seed=1).posterior
    np.testing.assert_array_equal(again["p0"], posterior["p0"])


def test_draws_of_shares_stay_between_zero_and_one(washout):
    from lutetia.fitting.sampling import _labeled

    trace = washout.sample(500, chains=2, seed=1)
    share = Coordinate("p0", ("p0",), logit=True)

    class Shared:
        prior = Prior([share, washout.prior.coordinates[1]], [0.0, 0.0], np.eye(2))

    found = _labeled(Shared, trace).posterior
    phi = found["phi"].sel(coordinate="p0").values
    np.testing.assert_allclose(found["p0"], 1.0 / (1.0 + np.exp(-phi)), rtol=1e-12)


def test_draws_that_are_too_few_are_a_warning(washout):
    with pytest.warns(RuntimeWarning, match=r"effective draws down to \d+ \(400 at least\)"):
        washout.sample(20, tune=50, chains=2)
    with pytest.warns(RuntimeWarning, match="one chain tells nothing of mixing"):
        washout.sample(20, tune=50, chains=1)


def test_divergences_are_a_warning():
    # A funnel: the scale of the second coordinate is the exponential of the first.
    def funnel(phi):
        if abs(phi[0]) > 50.0:
            return None
        s = np.exp(-3.0 * phi[0])
        return np.array([phi[1] * s]), np.array([[-3.0 * phi[1] * s, s]])

    fit = toy_fit(funnel, [0.0], [2.0, 30.0], sd=0.1)
    with pytest.warns(RuntimeWarning, match=r"\d+ divergences \(none\)"):
        trace = fit.sample(300, tune=200, chains=2, seed=1)
    assert trace.posterior.attrs["divergences"] > 0


def test_a_sampler_that_is_not_installed_is_named(washout, monkeypatch):
    monkeypatch.setitem(sys.modules, "nutpie", None)
    message = r"needs nutpie and ArviZ .*: pip install \"lutetia\[sampling\]\""
    with pytest.raises(ImportError, match=message):
        washout.sample(10)


def test_numbers_of_draws_are_checked(washout):
    message = "draws must be at least 4, tune and chains 1; found 2, 500, 4"
    with pytest.raises(ValueError, match=message):
        washout.sample(2)

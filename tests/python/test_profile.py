"""Profiles: parabolas where they must be, and what cannot be identified."""

import numpy as np
import pytest
from scipy.stats import norm

from lutetia.errors import FitError
from lutetia.fitting.error_models import ErrorModel
from toy_fits import linear, linear_fit, toy_fit


@pytest.mark.parametrize("name", ["p0", "p1", "p2"])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_profile_of_a_linear_model_is_a_parabola(name, level):
    fit, mean, covariance = linear_fit()
    k = fit.prior.names.index(name)
    sd = np.sqrt(covariance[k, k])
    found = fit.profile(name, level=level)
    # Searches end within 1e-6 of the objective, 25 here; a linear one far below.
    np.testing.assert_allclose(
        found.table["rise"], ((found.table["phi"] - mean[k]) / sd) ** 2, atol=1e-5
    )
    width = norm.ppf(0.5 + 0.5 * level) * sd
    np.testing.assert_allclose(
        np.log(found.interval), [mean[k] - width, mean[k] + width], atol=1e-5
    )
    assert found.verdict == "identifiable"
    assert found.threshold == pytest.approx(norm.ppf(0.5 + 0.5 * level) ** 2)


def test_steps_rise_as_they_should_and_other_coordinates_follow():
    fit, mean, covariance = linear_fit()
    table = fit.profile("p1").table
    rises = np.diff(table.loc[table["phi"] >= table.loc[table["rise"].idxmin(), "phi"], "rise"])
    np.testing.assert_allclose(rises, 0.3, atol=0.01)
    slope = covariance[0, 1] / covariance[1, 1]
    np.testing.assert_allclose(table["p0"], mean[0] + slope * (table["phi"] - mean[1]), atol=1e-4)


def test_the_profile_of_the_measurements_alone_is_about_their_own_minimum():
    fit, *_ = linear_fit()
    design, y = np.asarray(fit._at["jacobian"]), fit.rows["activity_MBq"].to_numpy()
    estimate = np.linalg.lstsq(design, y, rcond=None)[0]
    sd = 0.4 * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    found = fit.profile("p1", prior=False)
    expected = [estimate[1] - 1.95996 * sd[1], estimate[1] + 1.95996 * sd[1]]
    # What is left of the prior weighs 1e-4 of it.
    np.testing.assert_allclose(np.log(found.interval), expected, atol=1e-4)


@pytest.mark.parametrize("name", ["density", "flow"])
def test_a_pair_of_which_only_the_product_is_identifiable_is_flat(name):
    times = np.array([48.0, 96.0, 168.0])

    def late(phi):  # density · flow · exp(−release·t)
        f = np.exp(phi[0] + phi[1] - 0.01 * np.exp(phi[2]) * times)
        return f, f[:, None] * np.column_stack(
            [np.ones(3), np.ones(3), -0.01 * np.exp(phi[2]) * times]
        )

    fit = toy_fit(
        late,
        late(np.array([0.2, 0.1, 0.0]))[0],
        [0.5, 0.5, 0.5],
        error=ErrorModel(cv=0.1),
        names=["density", "flow", "release"],
        times=times,
    )
    found = fit.profile(name, prior=False)
    assert found.verdict == "structurally not identifiable"
    assert found.interval == (0.0, np.inf)
    assert found.table["phi"].max() - found.table["phi"].min() == pytest.approx(6.0, rel=1e-3)
    assert fit.profile("release", prior=False).verdict == "identifiable"
    assert fit.profile(name).verdict == "identifiable"
    assert [d.text for d in fit.gof().directions] == ["the data know 'density' × 'flow', not each"]


def test_a_rate_too_fast_to_be_seen_is_open_to_one_side():
    times = np.array([24.0, 48.0, 96.0])

    def filling(phi):  # a (1 − exp(−b t))
        a, b = np.exp(phi)
        left = np.exp(-b * times)
        return a * (1.0 - left), np.column_stack([a * (1.0 - left), a * b * times * left])

    y = filling(np.log([5.0, 0.5]))[0]
    fit = toy_fit(filling, y, [0.5, 1.0], error=ErrorModel(cv=0.1), mean=np.log([5.0, 0.2]))
    found = fit.profile("p1", prior=False)
    assert found.verdict == "practically not identifiable"
    assert 0.0 < found.interval[0] < 0.2
    assert found.interval[1] == np.inf


def test_a_fit_in_the_wrong_minimum_is_found_out():
    def wavy(phi):
        slope = 1.0 + 2.0 * np.cos(2.0 * phi[0])
        return np.array([phi[0] + np.sin(2.0 * phi[0])]), np.array([[slope]])

    # Minima of 4.1 at φ = 1 and 1.4 at 3.5, with 6.8 between.
    fit = toy_fit(wavy, [4.5], [3.0], sd=1.3)
    assert fit.phi[0] == pytest.approx(1.0, abs=0.1)
    with pytest.raises(FitError, match="below where it began: that is not the minimum; fit again"):
        fit.profile("p0")


def test_a_model_that_ends_stops_a_profile_with_the_reason():
    def ending(phi):
        return None if phi[0] > 0.3 else (phi[:1], np.ones((1, 1)))

    fit = toy_fit(ending, [0.2], [1.0], sd=0.5)
    with pytest.raises(FitError, match="the profile of 'p0' cannot be followed beyond φ = 0"):
        fit.profile("p0")


def test_what_is_no_coordinate_or_level_is_refused():
    fit = toy_fit(linear(np.ones((2, 1))), [0.1, 0.2], [1.0], sd=0.5, names=["density"])
    with pytest.raises(ValueError, match="no coordinate 'densty'; did you mean 'density'"):
        fit.profile("densty")
    with pytest.raises(ValueError, match=r"no coordinate 'xyz'; it has \['density'\]"):
        fit.profile("xyz")
    with pytest.raises(ValueError, match="level must be between 0 and 1, found 95"):
        fit.profile("density", level=95)


def test_profiles_show_themselves():
    fit = toy_fit(linear(np.ones((2, 1))), [0.1, 0.2], [1.0], sd=0.5)
    found = fit.profile("p0")
    assert repr(found).startswith("<Profile of 'p0' (posterior): 95% interval 0.5945 to ")
    assert "rise" in found._repr_html_()

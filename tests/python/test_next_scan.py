"""Further scans: their worth against the rank-one formula, and what is refused."""

import numpy as np
import pytest

from lutetia import _core
from toy_fits import small_fit


@pytest.fixture(scope="module")
def fit():
    return small_fit()


def outcomes(fit, time):
    own = fit.phi[: fit.model_coordinates]
    convention, tail = _core.DoseConvention.s_values, _core.Tail.linear
    return fit._course.outcomes(own, np.array([time]), True, convention, tail)


@pytest.mark.parametrize(("region", "time", "cv"), [("kidney", 72.0, 0.1), ("tumor", 144.0, 0.15)])
def test_a_scan_narrows_the_dose_as_the_formula_for_one_measurement_says(fit, region, time, cv):
    found = fit.next_scan(
        target=["kidney", "tumor"], times=[time], cycles=[1], regions=[region], together=False
    ).iloc[0]
    at = outcomes(fit, time)
    k = at["regions"].index(region)
    g = np.zeros(len(fit.phi))
    g[: fit.model_coordinates] = at["activity_by"][k, 0] / at["activity"][k, 0]
    g[fit.prior.names.index(f"calibration, {region} SPECT")] = 1.0
    c = fit.covariance
    after = c - np.outer(c @ g, c @ g) / (cv**2 + g @ c @ g)
    before_sum = after_sum = 0.0
    for target in ("kidney", "tumor"):
        k = at["targets"].index(target)
        s = np.zeros(len(fit.phi))
        s[: fit.model_coordinates] = at["dose_by"][k].sum(axis=0) / at["dose"][k].sum()
        before_sum += s @ c @ s
        after_sum += s @ after @ s
        # Within the tolerance of the runs, 1e-6 of the fit's.
        assert found[f"cv {target}"] == pytest.approx(np.sqrt(np.expm1(s @ after @ s)), rel=1e-4)
    assert found["reduction"] == pytest.approx(1.0 - after_sum / before_sum, rel=1e-3)
    assert (found["region"], found["cycle"], found["time_h"]) == (region, 1, time)


def test_a_scan_of_all_regions_is_worth_more_than_one_of_each(fit):
    together = fit.next_scan(times=[48.0, 168.0], cycles=[2])
    apart = fit.next_scan(times=[48.0, 168.0], cycles=[2], together=False)
    assert together["region"].tolist() == ["kidney, tumor"] * 2
    assert len(apart) == 4
    assert together["reduction"].min() > apart["reduction"].max()
    assert (together["reduction"].diff().dropna() <= 0.0).all()
    # Kidney and measured tumors are the targets when none is named.
    assert set(together.attrs["cv"]) == {"kidney", "tumor"}
    for name, cv in together.attrs["cv"].items():
        assert (together[f"cv {name}"] < cv).all()


def test_the_variance_now_is_that_of_the_prediction(fit):
    now = fit.next_scan(times=[24.0], cycles=[1]).attrs["cv"]
    data = fit.predict().data
    sd = data["total_absorbed_dose_sd"].sel(target="kidney").item()
    assert now["kidney"] == pytest.approx(np.sqrt(np.expm1(sd**2)), rel=1e-6)


def test_a_coordinate_may_be_the_target(fit):
    found = fit.next_scan(target="k_release_normal")
    assert len(found) == 20  # ten times in two cycles
    # A release rate is known from late scans.
    assert found["time_h"].iloc[0] >= 120.0
    assert list(found.columns) == ["region", "cycle", "time_h", "reduction", "cv k_release_normal"]


def test_what_is_no_target_cycle_or_region_is_refused(fit):
    with pytest.raises(
        ValueError, match="target must be a region with an absorbed dose or a coord"
    ):
        fit.next_scan(target="kidny")
    with pytest.raises(ValueError, match=r"cycles must be within 1 to 2, found \[3\]"):
        fit.next_scan(cycles=[3])
    message = r"have been measured, so that errors are known; found \['liver'\], measured are"
    with pytest.raises(ValueError, match=message):
        fit.next_scan(regions=["liver"])
    with pytest.raises(ValueError, match="times and regions must not be empty"):
        fit.next_scan(times=[])

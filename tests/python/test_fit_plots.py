"""Figures of fits: what they show, and that they can be shown."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from toy_fits import FREE, linear, small_fit, toy_fit


@pytest.fixture(scope="module")
def fit():
    return small_fit()


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_curves_have_a_panel_for_each_region_with_measured_values_and_a_band(fit, tmp_path):
    figure = fit.plot()
    kidney, tumor = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["kidney", "tumor"]
    assert kidney.get_ylabel() == "activity [MBq]"
    assert kidney.get_xlabel() == "time in cycle [h]"
    points = kidney.containers[0].lines[0]
    calibration = np.exp(fit.phi[fit.prior.names.index("calibration, kidney SPECT")])
    expected = fit.rows.loc[fit.rows["region"] == "kidney", "activity_MBq"] / calibration
    np.testing.assert_allclose(points.get_ydata(), expected)
    curve = kidney.lines[0]
    at = fit.predict(times=[24.0]).data["activity"].sel(region="kidney").item()
    found = np.exp(np.interp(24.0, curve.get_xdata(), np.log(curve.get_ydata())))
    assert found == pytest.approx(at, rel=1e-3)
    assert len(kidney.collections) == 2  # band and error bars
    # The tumor that was not seen is an arrow at its limit.
    arrow = next(line for line in tumor.lines if line.get_marker() == "v")
    factor = np.exp(fit.phi[fit.prior.names.index("calibration, tumor SPECT")])
    np.testing.assert_allclose(arrow.get_ydata(), 20.0 / factor)
    figure.savefig(tmp_path / "fit.png")


def test_curves_of_what_was_not_measured_are_refused(fit):
    message = r"no measurements of \['liver'\]; there are of \['kidney', 'tumor'\]"
    with pytest.raises(ValueError, match=message):
        fit.plot(regions=["liver"])


def test_observed_over_predicted_and_residuals(fit, tmp_path):
    figure = fit.plot_gof()
    left, right = figure.axes
    kidney = fit.rows[fit.rows["region"] == "kidney"]
    np.testing.assert_allclose(left.lines[0].get_xdata(), kidney["predicted_MBq"])
    np.testing.assert_allclose(left.lines[0].get_ydata(), kidney["activity_MBq"])
    np.testing.assert_allclose(right.lines[0].get_ydata(), kidney["residual"])
    assert len(right.lines[1].get_ydata()) == 3  # the fourth was not seen
    assert left.get_xlabel() == "predicted activity [MBq]"
    assert right.get_ylabel() == "residual [standard deviations]"
    figure.savefig(tmp_path / "gof.png")


def test_a_waterfall_shows_every_search_from_the_lowest():
    fit = toy_fit(linear(np.ones((2, 1))), [0.1, 0.2], [1.0], sd=0.5, starts=4)
    lowest = fit.objective
    fit.minima[2].update(status="not_converged", objective=lowest + 3.0)
    fit.minima[3].update(status="start_infeasible", objective=float("nan"))
    ax = fit.plot_waterfall()
    good = next(line for line in ax.lines if line.get_label() == "converged")
    bad = next(line for line in ax.lines if line.get_label() == "not converged")
    np.testing.assert_allclose(good.get_ydata(), [0.0, 0.0], atol=1e-9)
    assert bad.get_xdata().tolist() == [3]
    np.testing.assert_allclose(bad.get_ydata(), [3.0])
    assert ax.get_xlabel() == "search, from the lowest; 1 without a value"


def test_parameters_are_intervals_relative_to_the_prior(fit, tmp_path):
    ax = fit.plot_parameters()
    assert [t.get_text() for t in ax.get_yticklabels()] == [n.replace("_", " ") for n in FREE]
    row = fit.parameters.loc[FREE[0]]
    after = ax.lines[1].get_xdata()
    np.testing.assert_allclose(after, row[["low", "high"]].astype(float) / row["prior_value"])
    before = np.log(ax.lines[0].get_xdata())
    assert before.sum() == pytest.approx(0.0, abs=1e-9)
    assert [t.get_text() for t in ax.texts] == fit.parameters["verdict"].tolist()[:3]
    ax.figure.savefig(tmp_path / "parameters.png")


def test_a_profile_is_drawn_with_its_threshold(fit, tmp_path):
    profile = fit.profile("tumor.receptor_density")
    ax = profile.plot()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), profile.table["rise"])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), profile.threshold)
    assert ax.get_xlabel() == "tumor.receptor density [nmol/L]"
    assert ax.get_title() == "identifiable"
    ax.figure.savefig(tmp_path / "profile.png")


def test_the_profile_of_a_real_fit_agrees_with_laplace(fit):
    k = fit.prior.names.index("tumor.receptor_density")
    sd = np.sqrt(fit.covariance[k, k])
    ends = np.log(fit.profile("tumor.receptor_density").interval)
    # A posterior close to normal, not exactly: a tenth of the width.
    width = 2.0 * 1.959964 * sd
    expected = [fit.phi[k] - 0.5 * width, fit.phi[k] + 0.5 * width]
    np.testing.assert_allclose(ends, expected, atol=0.1 * width)


def test_predictions_are_drawn_cycle_by_cycle(fit, tmp_path):
    prediction = fit.predict()
    ax = prediction.plot()
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert sorted(labels) == ["kidney", "liver", "red marrow", "spleen", "tumor"]
    assert len(ax.lines) == 10  # five regions, two cycles
    assert len(ax.collections) == 10
    assert ax.get_title() == "predicted, 90% intervals"
    assert prediction.plot(["kidney"], ax=plt.subplots()[1]).get_xlabel() == "time [d]"
    with pytest.raises(ValueError, match=r"no region \['kidny'\]"):
        prediction.plot(["kidny"])
    ax.figure.savefig(tmp_path / "prediction.png")

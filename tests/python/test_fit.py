"""Fits of one patient: what they find, what they say they know, and what they refuse."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia import _core
from lutetia.fitting.patient_fit import search
from measured import scans, two_cycles

MODEL, PATIENT = "sstr2_whole_body", "reference_male"
FREE = ["kidney.receptor_density", "liver.receptor_density", "tumor.receptor_density"]


def regimen(cycles: int = 2) -> lt.Regimen:
    dose = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
    )
    return lt.repeat(dose, every="8 week", count=cycles)


def table(frame: pd.DataFrame | None = None, **noise: float) -> lt.Observations:
    return lt.Observations.from_frame(scans(sd=False, **noise) if frame is None else frame)


def fitted(observations: lt.Observations | None = None, **options) -> lt.Fit:
    options = {"free": FREE, "starts": 2, **options}
    return lt.fit(MODEL, PATIENT, regimen(), observations or table(), **options)


@pytest.fixture(scope="module")
def noisy() -> lt.Fit:
    return fitted(table(noise=0.1, seed=4), starts=4)


def test_measurements_without_noise_give_the_parameters_they_were_made_with():
    wide = dict.fromkeys(FREE, 3.0)
    found = fitted(cv=wide, calibration=False)
    truth = lt.Prior.population(MODEL, PATIENT, regimen(), free=FREE, cv=wide).table["value"]
    # The truth is the median of the prior and fits exactly, so it is the minimum; both runs are
    # integrated at rtol 1e-6.
    np.testing.assert_allclose(found.parameters["value"], truth, rtol=1e-5)
    assert found.status == "converged"
    assert found.unique
    # −2 ln L of a perfect log-normal fit: Σ ln s² + 2 ln y.
    cv = {"organ SPECT Lu-177": 0.10, "tumor SPECT Lu-177": 0.15, "whole_body planar Lu-177": 0.09}
    expected = sum(2 * np.log(cv[r.error_group] * r.activity_MBq) for r in found.rows.itertuples())
    assert found.objective == pytest.approx(expected, abs=1e-6)


def test_the_objective_is_that_of_the_definition(noisy: lt.Fit):
    rows = noisy.rows
    cv = rows["error_group"].map({name: error.cv for name, error in noisy.groups.items()})
    off = np.log(rows["activity_MBq"] / rows["predicted_MBq"]) / cv
    likelihood = (off**2 + 2 * np.log(cv * rows["activity_MBq"])).sum()
    step = noisy.phi - noisy.prior.mean
    prior = step @ np.linalg.solve(noisy.prior.covariance, step)
    assert noisy.objective == pytest.approx(likelihood + prior, rel=1e-12)
    assert noisy.log_likelihood == pytest.approx(
        -0.5 * (likelihood + len(rows) * np.log(2 * np.pi)), rel=1e-12
    )
    np.testing.assert_allclose(rows["residual"], off, rtol=1e-12)


def test_threads_and_the_order_of_rows_change_nothing(noisy: lt.Fit):
    frame = scans(sd=False, noise=0.1, seed=4)
    mixed = frame.sample(frac=1.0, random_state=1)
    other = fitted(table(mixed), starts=4, threads=1)
    values = other.parameters["value"].reindex(noisy.parameters.index)
    np.testing.assert_allclose(values, noisy.parameters["value"], rtol=1e-5)
    again = fitted(table(frame), starts=4, threads=2)
    assert (again.parameters["value"] == noisy.parameters["value"]).all()


def test_the_covariance_is_the_inverse_of_prior_and_data(noisy: lt.Fit):
    precision = noisy.information + np.linalg.inv(noisy.prior.covariance)
    np.testing.assert_allclose(noisy.covariance @ precision, np.eye(len(precision)), atol=1e-10)
    # Information of log-normal measurements is that of ln f, by the gradient of the objective.
    h, n = 1e-2, len(noisy.z)  # steps change by 1e-7 of a prediction, curvature by h²/6
    plus = [noisy._objective.evaluate(noisy.z + h * e, False)["predictions"] for e in np.eye(n)]
    minus = [noisy._objective.evaluate(noisy.z - h * e, False)["predictions"] for e in np.eye(n)]
    by_z = (np.log(plus) - np.log(minus)).T / (2 * h)
    cv = noisy.rows["error_group"].map({k: e.cv for k, e in noisy.groups.items()}).to_numpy()
    weighted = by_z / cv[:, None]
    factor = np.linalg.cholesky(noisy.prior.covariance)
    np.testing.assert_allclose(
        weighted.T @ weighted, factor.T @ noisy.information @ factor, rtol=1e-3, atol=1e-3
    )


def test_a_parameter_without_data_stays_at_its_prior():
    found = fitted(table(noise=0.1), free=[*FREE, "dotatate.k_on"], cv={"dotatate.k_on": 0.3})
    row = found.parameters.loc["dotatate.k_on"]
    assert row["gain"] < 0.2
    assert row["verdict"] == "prior-driven"
    assert found.parameters.loc["kidney.receptor_density", "verdict"] == "identified"


def test_what_two_factors_share_is_not_identifiable():
    prior = lt.Prior.population(MODEL, PATIENT, regimen(), free=FREE[:1], shared=[])
    own = prior.coordinates[0]
    twice = lt.fitting.Coordinate("another factor", own.parameters, (1.0,))
    both = lt.Prior([own, twice], [*prior.mean, 0.0], np.diag([prior.covariance[0, 0], 0.1]))
    found = lt.fit(MODEL, PATIENT, regimen(), table(noise=0.1), prior=both, starts=1)
    assert (
        found.parameters.loc[both.names, "verdict"].tolist()
        == ["structurally not identifiable"] * 2
    )
    assert np.isinf(found.parameters.loc["another factor", "likelihood_cv"])


def test_a_decline_from_cycle_to_cycle_is_found():
    patient = lt.Patient(
        sex="male", weight="71 kg", height="176 cm", gfr="120 mL/min",
        lesions=[lt.Lesion("node", volume="30 mL"), lt.Lesion("liver_1", volume="50 mL")],
        cycle_effects=[
            {"parameter": "lesions.receptor_density", "term": "per_cycle_factor", "factor": 0.8}
        ],
    )  # fmt: skip
    plain = lt.Patient(**{**_same(patient), "cycle_effects": ()})
    run = lt.simulate(
        MODEL, patient, regimen(3), times=[24.0, 120.0, 1368.0, 1464.0, 2712.0, 2808.0]
    )
    rows = [
        {"patient": "p", "cycle": 1 + k // 2, "region": region, "region_class": kind,
         "t_h": (24.0, 120.0)[k % 2], "quantity": "activity", "unit": "MBq",
         "value": float(run.activity.sel(region=region)[k]), "decay_corrected": False,
         "modality": "SPECT", "nuclide": "Lu-177"}
        for region, kind in (("kidney", "organ"), ("node", "tumor"), ("liver_1", "tumor"))
        for k in range(6)
    ]  # fmt: skip
    for term, names in {
        "per_cycle_factor": {"factor per cycle": 0.8},
        "free_per_cycle": {"factor in cycle 2": 0.8, "factor in cycle 3": 0.64},
    }.items():
        found = lt.fit(
            MODEL, plain, regimen(3), table(pd.DataFrame(rows)), starts=1, calibration=False,
            free=["kidney.receptor_density", "lesions.receptor_density"],
            cv={"lesions.receptor_density, cycle_effect": 3.0, "lesions.receptor_density": 3.0},
            cycle_effect={"lesions.receptor_density": term},
        )  # fmt: skip
        for name, factor in names.items():
            value = found.parameters.loc[f"lesions.receptor_density, {name}", "value"]
            # A prior of spread 3 about one draws by a hundredth of its error.
            assert value == pytest.approx(factor, rel=1e-3)


def _same(patient: lt.Patient) -> dict:
    keys = ("sex", "weight", "height", "gfr")
    lesions = [lt.Lesion(**lesion) for lesion in patient.document["lesions"]]
    return {**{k: patient.document[k] for k in keys}, "lesions": lesions}


def test_measurements_below_the_limit_are_used_as_that():
    frame = scans(sd=False)
    frame["censoring"], frame["detection_limit"] = "none", np.nan
    tumor = frame["region"] == "tumor"
    frame.loc[tumor, ["censoring", "detection_limit", "value"]] = ["left", 1.0, np.nan]
    found = fitted(table(frame), calibration=False, cv=dict.fromkeys(FREE, 3.0))
    # The truth has hundreds of MBq there; the fit has to bring them down.
    low = found.rows.loc[found.rows["region"] == "tumor", "predicted_MBq"]
    assert (low < 10.0).all()
    assert found.rows.loc[found.rows["region"] == "tumor", "residual"].isna().all()


def test_an_estimated_scale_of_errors_finds_the_noise():
    frame = scans(sd=False, noise=0.2, seed=2)
    organ = lt.ErrorModel(cv=0.05, estimated=True, scale_spread=10.0)
    found = fitted(table(frame), calibration=False, errors={"organ SPECT Lu-177": organ})
    scale = found.parameters.loc["error scale, organ SPECT Lu-177"]
    rows = found.rows[found.rows["error_group"] == "organ SPECT Lu-177"]
    off = np.log(rows["activity_MBq"] / rows["predicted_MBq"])
    # The most likely scale makes the mean square residual one; the prior draws by τ/(2n·100).
    assert scale["value"] * 0.05 == pytest.approx(np.sqrt((off**2).mean()), rel=1e-3)
    assert (rows["residual"] ** 2).mean() == pytest.approx(1.0, rel=1e-2)
    # Known within 1/√(2n), curves aside.
    assert scale["cv"] == pytest.approx(1 / np.sqrt(2 * len(rows)), rel=0.1)


def test_errors_and_calibration_have_names():
    found = fitted(
        errors={"tumor SPECT Lu-177": lt.ErrorModel(cv=0.3)}, calibration={"kidney SPECT": 0.02}
    )
    assert found.groups["tumor SPECT Lu-177"].cv == 0.3
    assert found.parameters.loc["calibration, kidney SPECT", "prior_cv"] == pytest.approx(
        np.sqrt(np.expm1(0.02**2))
    )
    frame = scans(sd=False).assign(scan="camera A")
    assert "calibration, camera A" in fitted(table(frame)).parameters.index
    none = fitted(calibration=False)
    assert none.prior.names == FREE


def test_predictions_are_runs_with_the_fitted_values(noisy: lt.Fit):
    values = {
        name: f"{float(noisy.parameters.loc[name, 'value']):.17g} {noisy.parameters.loc[name, 'unit']}"
        for name in FREE
    }
    run = lt.simulate(MODEL, PATIENT, regimen(), parameters=values, times=[24.0, 1400.0])
    found = noisy.predict(times=["24 h", 1400.0])
    dose = lt.absorbed_dose(run).table
    for region in ("kidney", "tumor"):
        np.testing.assert_allclose(
            found.data["activity"].sel(region=region), run.activity.sel(region=region), rtol=1e-6
        )
        of = found.dose.set_index(["region", "cycle"]).loc[(region, 2)]
        assert of["absorbed_dose_Gy"] == pytest.approx(dose.loc[region, "cycle_2"], rel=1e-6)
        assert of["low_Gy"] < of["absorbed_dose_Gy"] < of["high_Gy"]


def test_intervals_of_doses_follow_the_covariance(noisy: lt.Fit):
    found = noisy.predict()
    sd = float(found.data["absorbed_dose_sd"].sel(target="kidney", cycle=1))
    h, n = 1e-4, len(FREE)
    slopes = []
    for i in range(n):
        doses = []
        for sign in (1, -1):
            phi = noisy.phi[:n].copy()
            phi[i] += sign * h
            out = noisy._course.outcomes(
                phi, np.array([1.0]), False, _core.DoseConvention.s_values, _core.Tail.linear
            )
            doses.append(out["dose"][out["targets"].index("kidney"), 0])
        slopes.append(np.log(doses[0] / doses[1]) / (2 * h))
    expected = np.sqrt(np.array(slopes) @ noisy.covariance[:n, :n] @ np.array(slopes))
    assert sd == pytest.approx(expected, rel=1e-3)
    low, high = found.interval("total_absorbed_dose")
    total = found.data["total_absorbed_dose"]
    np.testing.assert_allclose(high / total, total / low)


def test_cycles_without_scans_vary_as_the_prior_says():
    frame = scans(sd=False, noise=0.05)
    only_first = frame[frame["cycle"] == 1]
    found = fitted(table(only_first), between_cycles=["kidney.receptor_density"])
    dose = found.predict().dose.set_index(["region", "cycle"])
    assert dose.loc[("kidney", 2), "cv"] > dose.loc[("kidney", 1), "cv"]
    assert found.parameters.loc[
        "kidney.receptor_density, variation of cycle 2", "gain"
    ] == pytest.approx(0.0, abs=1e-12)


def test_a_fit_writes_nothing(capfd: pytest.CaptureFixture[str], noisy: lt.Fit):
    # Far starts fail to integrate within a few steps; Ceres would report each.
    minima = search(noisy._objective, [np.full(len(noisy.z), 8.0), noisy.z])
    assert [m.status.name for m in minima] == ["converged", "converged"]
    assert capfd.readouterr() == ("", "")


def test_a_stopped_search_keeps_its_best(noisy: lt.Fit):
    running = _core.Search(
        noisy._objective, [np.zeros(len(noisy.z))] * 8, 1, _core.MinimizeOptions()
    )
    running.stop()
    found = running.result()
    assert {m.status.name for m in found} <= {"cancelled", "converged"}
    assert any(m.status.name == "cancelled" for m in found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(cycle=f["cycle"] + 1), "are of cycle 3, but the regimen of 'reference_male' has 2"),
        (lambda f: f.assign(include=False), "no row of the observations is included"),
        (lambda f: pd.concat([f, f.assign(patient="p2")]), "a fit is of one patient, found measurements of ['p1', 'p2']"),
        (lambda f: f.assign(censoring="left", detection_limit=1.0, value=np.nan), "no measurement is above its limit of detection"),
    ],
)  # fmt: skip
def test_measurements_that_cannot_be_fitted(change, message: str):
    with pytest.raises(lt.DataError) as error:
        fitted(table(change(scans(sd=False))))
    assert message in str(error.value)


def test_regions_the_model_has_not():
    with pytest.raises(lt.ModelError) as error:
        fitted(table(scans(sd=False).replace({"region": {"kidney": "kidneys"}})))
    assert "'kidneys', which the model has not" in str(error.value)
    assert "did you mean 'kidney'?" in str(error.value)


def test_a_fit_that_cannot_integrate_says_so():
    with pytest.raises(lt.FitError) as error:
        fitted(max_steps=20)
    assert "none of 2 searches ended at a minimum; start_infeasible" in str(error.value)
    assert "after 20 accepted steps" in str(error.value)


def test_refused_options(noisy: lt.Fit):
    with pytest.raises(ValueError, match="starts must be at least 1, found 0"):
        fitted(starts=0)
    with pytest.raises(ValueError, match="errors names no group of the table: \\['organs'\\]"):
        fitted(errors={"organs": lt.ErrorModel(cv=0.1)})
    with pytest.raises(ValueError, match="calibration names no series: \\['kidney'\\]"):
        fitted(calibration={"kidney": 0.1})
    with pytest.raises(lt.DataError, match="fixed errors of 'organ SPECT Lu-177' need 'sd'"):
        fitted(errors={"organ SPECT Lu-177": lt.ErrorModel("fixed")})
    with pytest.raises(ValueError, match="belong to Prior.population; give one of both"):
        fitted(prior=noisy.prior)
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        noisy.predict(level=90)
    with pytest.warns(RuntimeWarning, match="CV of 20% is biased low by about 8%"):
        fitted(errors={"organ SPECT Lu-177": lt.ErrorModel("proportional_data", cv=0.2)})


def test_error_models_refuse_numbers_that_cannot_be():
    with pytest.raises(ValueError, match="kind must be one of fixed, proportional_data"):
        lt.ErrorModel("normal", cv=0.1)
    with pytest.raises(ValueError, match="log_normal needs a positive cv"):
        lt.ErrorModel()
    with pytest.raises(ValueError, match="must not be negative"):
        lt.ErrorModel(cv=-0.1)


def test_a_fit_is_shown(noisy: lt.Fit):
    assert repr(noisy).startswith(
        "<Fit of 'reference_male': converged, 40 measurements, 8 coordinates"
    )
    assert "not for patient treatment" in noisy.summary()
    assert "kidney.receptor_density" in noisy._repr_html_()
    assert noisy.correlation.loc[
        "kidney.receptor_density", "kidney.receptor_density"
    ] == pytest.approx(1.0)
    assert two_cycles("Lu-177").regions  # the table is of this run


def test_a_fit_that_does_not_describe_the_data_says_so():
    frame = scans(sd=False)
    kidney = frame["region"] == "kidney"
    frame.loc[kidney, "value"] *= [1.0, 1000.0] * (kidney.sum() // 2)
    found = fitted(table(frame))
    assert "does not describe these measurements, and no interval holds" in found.warnings[0]
    assert "WARNING: organ SPECT Lu-177: residuals scatter" in found.summary()
    assert "<b>Warning:</b> organ SPECT" in found._repr_html_()
    assert fitted().warnings == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calibration": 0.1}, "calibration must be True, False or spreads by series"),
        ({"calibration": 0}, "calibration must be True, False or spreads by series"),
        ({"errors": {"organ SPECT Lu-177": 0.1}}, "errors must be error models, lt.ErrorModel(cv=0.1), at"),
        ({"observations": scans(sd=False)}, "observations must be checked: lt.Observations.from_frame"),
        ({"observations": [1.0]}, "observations must be lt.Observations, found"),
        ({"observations": table(scans(sd=False).assign(group="mine"))}, "group 'mine' holds measurements of several kinds"),
    ],
)  # fmt: skip
def test_arguments_that_are_something_else(options: dict, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        lt.fit(MODEL, PATIENT, regimen(), **{"observations": table(), "free": FREE, **options})


def test_rows_that_cannot_be():
    frame = scans(sd=False)
    late = frame.assign(t_h=frame["t_h"] + 2000.0)
    with pytest.raises(lt.DataError, match="are after the next cycle begins"):
        fitted(table(late[late["cycle"] == 1]))
    with pytest.raises(lt.DataError, match=r"rows \[1\] are not positive; a value below the limit"):
        fitted(table(frame.assign(value=[0.0, *frame["value"][1:]])))


def test_a_previous_fit_is_a_start(noisy: lt.Fit):
    again = fitted(table(noise=0.1, seed=4), starts=2, previous=noisy)
    np.testing.assert_allclose(again.minima[1]["start"], noisy.z, atol=1e-9)
    with pytest.raises(ValueError, match="previous needs two starts at least"):
        fitted(starts=1, previous=noisy)


def test_one_cycle_is_predicted(noisy: lt.Fit):
    everything, second = noisy.predict(), noisy.predict(cycle=2)
    assert second.data["cycle"].values.tolist() == [2]
    assert float(second.data["time"].min()) >= 1344.0
    expected = everything.dose.set_index(["region", "cycle"]).xs(2, level="cycle")
    found = second.dose.set_index(["region", "cycle"]).xs(2, level="cycle")
    pd.testing.assert_frame_equal(found, expected)
    first = noisy.predict(cycle=1)
    assert float(first.data["time"].max()) < 1344.0
    with pytest.raises(ValueError, match="cycle must be one of 1 to 2, found 3"):
        noisy.predict(cycle=3)

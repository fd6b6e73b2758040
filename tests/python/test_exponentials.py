"""Sums of exponentials: exact curves, honest errors, and a choice that can be checked by hand."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

import lutetia as lt
from lutetia.time_activity.candidates import CANDIDATES, ln_curve, natural
from lutetia.time_activity.exponential_fit import fit_candidate
from lutetia.time_activity.measured_curve import MeasuredCurve
from lutetia.time_activity.model_selection import akaike_weights

DECAY = np.log(2) / 159.528  # of Lu-177 [1/h]
TIMES = np.array([1.0, 4, 8, 24, 48, 96, 144, 192])
# Shapes well apart from each other, in the order of the parameters of each function.
SHAPES = {
    "decay": [],
    "mono": [0.008],
    "uptake_decay": [0.2],
    "uptake": [0.008, 0.25],
    "mono_decay": [0.06, 0.6],
    "bi": [0.006, 0.15, 0.4],
    "partial_uptake": [0.008, 0.1, 0.7],
}


def phi_of(name, tia=9000.0):
    """Estimated coordinates of a function with the shape above."""
    values, k = SHAPES[name], len(CANDIDATES[name].rates)
    rates = list(values[:k])
    if k == 2:
        rates[1] -= rates[0]
    share = [np.log(a / (1 - a)) for a in values[k:]]
    return np.array([np.log(tia), *np.log(rates), *share])


def activity(name, times=TIMES, tia=9000.0):
    return np.exp(ln_curve(CANDIDATES[name], phi_of(name, tia), np.asarray(times, float), DECAY)[0])


@pytest.mark.parametrize("name", CANDIDATES)
def test_curve_and_parameters_have_exact_derivatives_and_integral(name):
    candidate, phi = CANDIDATES[name], phi_of(name)
    _, slope = ln_curve(candidate, phi, TIMES, DECAY)
    values, jacobian = natural(candidate, phi)
    np.testing.assert_allclose(values, [9000.0, *SHAPES[name]], rtol=1e-13)
    h = 1e-5  # central differences: h² of the third derivative, rounding 1e-16/h
    for k, unit in enumerate(h * np.eye(len(phi))):
        high, low = (ln_curve(candidate, phi + s * unit, TIMES, DECAY)[0] for s in (1, -1))
        np.testing.assert_allclose((high - low) / (2 * h), slope[:, k], atol=2e-9)
        high, low = (natural(candidate, phi + s * unit)[0] for s in (1, -1))
        np.testing.assert_allclose((high - low) / (2 * h), jacobian[:, k], rtol=1e-8, atol=1e-8)
    one = lambda t: np.exp(ln_curve(candidate, phi, np.array([t]), DECAY)[0][0])  # noqa: E731
    pieces = [0.0, 10.0, 100.0, 1000.0, 20000.0]  # 20 000 h: e⁻⁸⁶
    area = sum(quad(one, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in itertools.pairwise(pieces))
    assert area == pytest.approx(9000.0, rel=1e-10)


def test_uptake_is_the_function_of_bateman():
    # A parent of one unit feeds a daughter at rate k, which leaves at rate l; both decay.
    k, rate = 0.25, 0.008
    bateman = k / (k - rate) * (np.exp(-rate * TIMES) - np.exp(-k * TIMES)) * np.exp(-DECAY * TIMES)
    area = k / ((rate + DECAY) * (k + DECAY))
    np.testing.assert_allclose(activity("uptake", tia=area), bateman, rtol=1e-12)
    # Its sensitivity to ln l at fixed k and fixed amplitude, by the quotient rule; φ₂ = ln(k − l).
    _, slope = ln_curve(CANDIDATES["uptake"], phi_of("uptake", area), TIMES, DECAY)
    amplitude = rate / (k - rate) - rate * TIMES * np.exp(-rate * TIMES) / (
        np.exp(-rate * TIMES) - np.exp(-k * TIMES)
    )
    by_rate = slope[:, 1] - slope[:, 2] * rate / (k - rate) - slope[:, 0] * rate / (rate + DECAY)
    np.testing.assert_allclose(by_rate, amplitude, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("error", ["log-normal", "proportional", "fixed"])
@pytest.mark.parametrize("name", CANDIDATES)
def test_exact_curves_are_recovered(name, error):
    y = activity(name)
    known = {"standard_deviation": 0.01 * y} if error == "fixed" else {"error_cv": 0.01}
    fits = lt.fit_exponentials(TIMES, y, nuclide="Lu-177", candidates=[name], error=error, **known)
    assert fits.weights.tolist() == [1.0]
    np.testing.assert_allclose(
        list(fits.best.parameters.values()), [9000.0, *SHAPES[name]], rtol=1e-5
    )
    assert fits.best.r2 == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(fits.best.activity(TIMES), y, rtol=1e-6)


def test_standard_errors_are_those_of_repeated_measurements():
    rng, n, cv = np.random.default_rng(5), 200, 0.05
    t = np.array([4.0, 24, 72, 168, 240])
    found, errors = [], []
    for _ in range(n):
        y = activity("mono", t) * np.exp(np.sqrt(np.log1p(cv**2)) * rng.normal(size=t.size))
        fits = lt.fit_exponentials(t, y, nuclide="Lu-177", candidates=["mono"])  # scale estimated
        found.append(fits.time_integrated_activity)
        errors.append(fits.standard_error)
    # The deviation of 200 has an error of 5 %; the estimated variance is unbiased, so squares are averaged.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(found), rel=0.15)


def test_the_table_can_be_checked_by_hand():
    rng = np.random.default_rng(2)
    y = activity("uptake") * np.exp(0.03 * rng.normal(size=TIMES.size))
    fits = lt.fit_exponentials(TIMES, y, nuclide="Lu-177")
    table = fits.table
    assert list(table.index) == list(CANDIDATES)
    n = TIMES.size
    for name, row in table.iterrows():
        k = len(CANDIDATES[name].parameters) + 1  # and the scale
        assert row["K"] == k
        fit = fits.fits[name]
        squares = np.sum((np.log(y) - np.log(fit.activity(TIMES))) ** 2)
        likelihood = n * np.log(2 * np.pi * squares / n) + n + 2 * np.log(y).sum()
        assert row["minus_2_ln_likelihood"] == pytest.approx(likelihood, rel=1e-12)
        assert row["aicc"] == pytest.approx(
            likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1), rel=1e-12
        )
        assert fit.scale == pytest.approx(np.sqrt(squares / (n - k + 1)), rel=1e-12)
    accepted = table[table["accepted"]]
    relative = np.exp(-0.5 * (accepted["aicc"] - accepted["aicc"].min()))
    np.testing.assert_allclose(fits.weights[accepted.index], relative / relative.sum(), rtol=1e-12)
    assert not fits.weights[~table["accepted"]].any()
    assert (accepted["largest_cv"] < 0.5).all()
    assert (accepted["largest_correlation"] < 0.8).all()
    assert fits.best.name == "uptake"
    tia, error = (accepted[c] for c in ("time_integrated_activity_MBq_h", "standard_error_MBq_h"))
    w = fits.weights[accepted.index]
    assert fits.time_integrated_activity == pytest.approx((w * tia).sum(), rel=1e-12)
    between = (w * (tia - (w * tia).sum()) ** 2).sum()
    assert fits.standard_error == pytest.approx(np.sqrt((w * error**2).sum() + between), rel=1e-12)
    assert "uptake" in repr(fits)
    assert "<table" in fits._repr_html_()


def test_the_right_function_is_chosen_in_most_of_simulated_patients():
    rng = np.random.default_rng(9)
    for truth in ("mono", "uptake"):
        chosen = []
        for _ in range(12):
            y = activity(truth) * np.exp(0.05 * rng.normal(size=TIMES.size))
            fits = lt.fit_exponentials(TIMES, y, nuclide="Lu-177", error_cv=0.05)
            chosen.append(fits.best.name)
        assert chosen.count(truth) >= 9, chosen


def test_a_parameter_the_data_do_not_carry_fails_the_criteria():
    y = activity("mono")
    with pytest.raises(lt.FitError, match=r"bi: coefficient of variation of \w+ .* not below 50 %"):
        lt.fit_exponentials(TIMES, y * np.tile([1.02, 0.98], 4),
                            nuclide="Lu-177", candidates=["bi"], error_cv=0.05)  # fmt: skip
    # Scans close together: amplitude and slope cannot be told apart.
    close = [100.0, 101.0, 102.0, 103.0]
    with pytest.raises(lt.FitError, match="no function passes the criteria"):
        lt.fit_exponentials(
            close, activity("mono", close), nuclide="Lu-177", candidates=["mono"], error_cv=0.1
        )


def test_a_far_better_function_that_fails_the_criteria_is_pointed_out():
    # Two phases too close to be told apart, but not one: nothing that passes describes the data.
    y = np.exp(-0.012 * TIMES) + np.exp(-0.05 * TIMES)
    with pytest.warns(
        UserWarning, match=r"bi describes the data far better \(ΔAICc \d+\).*correlation"
    ):
        fits = lt.fit_exponentials(
            TIMES, 50 * y, nuclide="Lu-177", candidates=["decay", "mono", "bi"], error_cv=0.02
        )
    assert fits.best.name == "mono"


def test_weights_of_hopeless_functions_are_zero():
    assert akaike_weights([0.0, -1e6, np.nan, 1e6], [True, False, True, True]).tolist() == [
        1,
        0,
        0,
        0,
    ]
    assert akaike_weights([np.nan], [True]).tolist() == [1.0]
    assert akaike_weights([0.0, 1.0], [False, False]).tolist() == [0.0, 0.0]


def test_large_proportional_errors_are_warned_of():
    y = activity("mono") * np.tile([1.3, 0.75], 4)
    with pytest.warns(UserWarning, match="weights taken from the data bias the fit low"):
        low = lt.fit_exponentials(
            TIMES, y, nuclide="Lu-177", candidates=["mono"], error="proportional"
        )
    same = lt.fit_exponentials(TIMES, y, nuclide="Lu-177", candidates=["mono"])
    assert low.time_integrated_activity < same.time_integrated_activity


def test_a_given_standard_deviation_weighs_points():
    y = activity("mono")
    outlier = y.copy()
    outlier[3] *= 1.5
    deviation = 0.02 * y
    deviation[3] = 100 * y[3]
    fits = lt.fit_exponentials(
        TIMES,
        outlier,
        nuclide="Lu-177",
        candidates=["mono"],
        error="fixed",
        standard_deviation=deviation,
    )
    assert fits.time_integrated_activity == pytest.approx(9000, rel=1e-3)


def test_one_function_for_all_patients_adds_their_likelihoods():
    rng = np.random.default_rng(4)
    t = [4.0, 24, 96, 168]
    curves = {
        f"patient {k}": (t, activity("mono", t, tia) * np.exp(0.03 * rng.normal(size=4)))
        for k, tia in enumerate([5000.0, 9000.0, 12000.0])
    }
    names = ["decay", "mono"]
    known = lt.select_exponentials(curves, nuclide="Lu-177", candidates=names, error_cv=0.03)
    single = [
        lt.fit_exponentials(*c, nuclide="Lu-177", candidates=names, error_cv=0.03)
        for c in curves.values()
    ]
    summed = sum(fits.table["minus_2_ln_likelihood"] for fits in single)
    np.testing.assert_allclose(known.table["minus_2_ln_likelihood"], summed, rtol=1e-12)
    n, k = 12, 6
    aicc = summed["mono"] + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    assert known.table.loc["mono", ["N", "K"]].tolist() == [n, k]
    assert known.table.at["mono", "aicc"] == pytest.approx(aicc, rel=1e-12)
    assert known.best == "mono"
    # A common scale can be estimated where one patient alone has too few points.
    free = lt.select_exponentials(curves, nuclide="Lu-177", candidates=names)
    squares = sum(fit.residual_squares for fit in free.fits["mono"].values())
    assert free.table.at["mono", "scale"] == pytest.approx(np.sqrt(squares / (12 - 6)), rel=1e-12)
    assert free.table.at["mono", "K"] == 7
    assert free.table.at["mono", "passing"] == 1.0
    table = free.time_integrated_activity
    fit = free.fits["mono"]["patient 1"]
    assert free.weights["mono"] > 0.999
    assert table.at["patient 1", "time_integrated_activity_MBq_h"] == pytest.approx(
        fit.time_integrated_activity, rel=1e-3
    )
    assert "best mono" in repr(free)


def test_the_figure_shows_points_and_functions_that_pass():
    fits = lt.fit_exponentials(TIMES, activity("uptake"), nuclide="Lu-177", error_cv=0.05)
    ax = fits.plot()
    labels = [line.get_label() for line in ax.lines]
    assert "measured" in labels
    assert len(labels) == 1 + (fits.weights > 0).sum()
    measured = ax.lines[labels.index("measured")]
    np.testing.assert_array_equal(measured.get_ydata(), activity("uptake"))
    assert fits.plot(ax=ax) is ax


Y = [10.0, 9.0, 6.0, 3.0]
T = [4.0, 24.0, 72.0, 144.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activities": [0, 0, 0, 0]}, "all activities are zero"),
        ({"activities": [1, 2, 3, 4]}, "highest at the last time, 144 h: no washout is seen"),
        ({"times": [4, 72, 24, 144]}, "times must ascend"),
        ({"activities": [10, 9, np.nan, 3]}, "finite numbers"),
        ({"activities": [10, 9, 6]}, "lists of one length"),
        (
            {"activities": [10, 9, 6, 0]},
            "activity at 144 h is zero, which a log-normal error excludes",
        ),
        ({"times": [4], "activities": [10]}, "at least 2 points, found 1"),
        ({"error_cv": 0.0}, "error_cv must be a positive"),
        (
            {"error": "fixed", "standard_deviation": [1, 2]},
            "standard_deviation must be positive, one or 4",
        ),
        ({"times": ["4 kg", 24, 72, 144]}, "times: '4 kg' has dimension mass"),
        ({"nuclide": "Lu-178"}, "unknown nuclide 'Lu-178'"),
        (
            {},
            r"4 points are too few to choose between functions: AICc needs n ≥ K \+ 2. Give error_cv, name",
        ),
        (
            {"times": T[:3], "activities": Y[:3], "error_cv": 0.1},
            "3 points are too few.*Name one function",
        ),
    ],
)
def test_data_that_cannot_be_fitted_say_why(change, message):
    call = {"times": T, "activities": Y, "nuclide": "Lu-177"} | change
    with pytest.raises((lt.DataError, lt.UnitError), match=message):
        lt.fit_exponentials(call.pop("times"), call.pop("activities"), **call)


def test_a_single_function_with_more_parameters_than_points_is_refused():
    with pytest.raises(lt.FitError, match="bi: needs 4 points, found 3"):
        lt.fit_exponentials(T[:3], Y[:3], nuclide="Lu-177", candidates=["bi"], error_cv=0.1)
    with pytest.raises(lt.FitError, match="uptake: the function is zero at 0 h"):
        lt.fit_exponentials(
            [0, *T], [11, *Y], nuclide="Lu-177", candidates=["uptake"], error_cv=0.1
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": ["tri"]}, r"candidates must be a list of decay, mono.*found \['tri'\]"),
        ({"candidates": "mono"}, "candidates must be a list"),
        ({"error": "poisson"}, "error must be one of log-normal, proportional, fixed"),
        ({"error": "fixed", "error_cv": 0.1}, "a fixed error has a standard_deviation"),
        ({"standard_deviation": 1.0}, "a log-normal error has an error_cv"),
    ],
)
def test_a_wrong_call_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        lt.fit_exponentials(T, Y, nuclide="Lu-177", **change)


def test_problems_of_one_patient_name_him():
    with pytest.raises(lt.DataError, match="at least 2 patients, found 1"):
        lt.select_exponentials({"a": (T, Y)}, nuclide="Lu-177")
    with pytest.raises(lt.DataError, match="patient b: all activities are zero"):
        lt.select_exponentials({"a": (T, Y), "b": (T, [0] * 4)}, nuclide="Lu-177")
    with pytest.raises(lt.FitError, match="bi: as many parameters as points"):
        lt.select_exponentials({"a": (T, Y), "b": (T, Y)}, nuclide="Lu-177", candidates=["bi"])
    with pytest.raises(lt.FitError, match="bi: needs 4 points of each patient, a has 3"):
        lt.select_exponentials(
            {"a": (T[:3], Y[:3]), "b": (T, Y)}, nuclide="Lu-177", candidates=["bi"]
        )


def test_a_direction_without_information_is_not_identified():
    # Both points at one phase of the curve: three parameters, the third without any effect.
    data = MeasuredCurve(
        np.array([300.0, 400.0, 500.0]), activity("mono", [300, 400, 500]), True, np.ones(3), DECAY
    )
    fit = fit_candidate(CANDIDATES["uptake"], data, 0.1)
    assert fit.problem
    assert not fit.coefficients_of_variation["rate_2"] < 0.5

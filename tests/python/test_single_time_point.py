"""One or two scans: printed ratios of the formulas, exact posteriors, intervals that cover."""

import numpy as np
import pytest

import lutetia as lt

LN2 = np.log(2)


def mono(t, half_life, amplitude=1.0):
    return amplitude * np.exp(-LN2 * np.asarray(t) / half_life)


@pytest.mark.parametrize(
    ("half_life", "ratio"),
    [(30, 0.69644), (52, 1.02695), (80, 1.04466), (120, 0.91896), (160, 0.79170)],
)
def test_worked_example_17_one_scan_at_96_h_without_half_life(half_life, ratio):
    found = lt.haenscheid("96 h", mono(96, half_life)) * LN2 / half_life
    assert found == pytest.approx(ratio, abs=5.1e-6)  # digits printed


@pytest.mark.parametrize(
    ("half_life", "ratio"), [(40, 0.97477), (52, 1.0), (60, 0.98498), (80, 0.90949)]
)
def test_worked_example_17_one_scan_at_72_h_with_the_half_life_of_the_population(half_life, ratio):
    found = lt.madsen(72.0, [mono(72, half_life)], "52 h") * LN2 / half_life
    assert found.shape == (1,)
    assert found[0] == pytest.approx(ratio, abs=5.1e-6)


def test_two_scans_of_an_exponential_are_exact_and_their_error_is_that_of_a_simulation():
    t = np.array([20.0, 100.0])
    exact = lt.two_time_points(["20 h", "100 h"], mono(t, 60, 50), nuclide="Lu-177")
    assert exact.time_integrated_activity == pytest.approx(50 * 60 / LN2, rel=1e-13)
    assert exact.effective_half_life == pytest.approx(60, rel=1e-13)
    assert np.isnan(exact.relative_standard_error)
    noisy = mono(t, 60, 50) * np.exp(0.01 * np.random.default_rng(3).normal(size=(4000, 2)))
    # Small noise, where the delta method holds; the deviation of 4000 has an error of 1.1 %.
    found = np.std([np.log(lt.two_time_points(t, a).time_integrated_activity) for a in noisy])
    error = lt.two_time_points(t, mono(t, 60, 50), error_cv=0.01).relative_standard_error
    assert found == pytest.approx(error, rel=0.035)


PRIOR = {"half_life": 51.0, "half_life_cv": 0.25}
OMEGA2 = np.log(1 + 0.25**2)


def test_one_scan_has_the_posterior_in_closed_form():
    # The amplitude is free, so the half-life keeps its prior, and with λ = ln 2/T log-normal
    # ln Ã = ln y + λt − ln λ − ε; moments of λ and ln λ by formula.
    t, y, s2 = 30.0, 12.0, np.log(1 + 0.1**2)
    fit = lt.population_fit([t], [y], error_cv=0.1, **PRIOR)
    middle = LN2 / 51
    mean_rate = middle * np.exp(OMEGA2 / 2)
    rate_variance = mean_rate**2 * (np.exp(OMEGA2) - 1)
    mean = np.log(y) + mean_rate * t - np.log(middle)
    variance = s2 + t**2 * rate_variance - 2 * t * OMEGA2 * mean_rate + OMEGA2
    assert fit.log_mean == pytest.approx(mean, rel=1e-10)  # trapezoids of an analytic function
    assert fit.log_deviation == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert fit.half_life_share == pytest.approx(1 - s2 / variance, rel=1e-9)
    assert fit.effective_half_life == pytest.approx(51, rel=1e-6)
    low, high = fit.half_life_interval(0.9)  # interpolated on a grid of 0.008 deviations
    np.testing.assert_allclose(
        [low, high], 51 * np.exp(np.array([-1, 1]) * 1.6448536 * np.sqrt(OMEGA2)), rtol=1e-4
    )


def test_known_half_lives_leave_the_conjugate_normal_posterior():
    t, y = np.array([24.0, 96.0]), np.array([30.0, 11.0])
    s2, tau2, omega2 = np.log(1.01), np.log(1 + 0.05**2), np.log(1 + 0.3**2)
    fit = lt.population_fit(
        t, y, half_life=51.0, half_life_cv=1e-9, error_cv=0.1, systematic_cv=0.05,
        amplitude="35 MBq", amplitude_cv=0.3,
    )  # fmt: skip
    weight = np.linalg.inv(s2 * np.eye(2) + tau2)
    precision = weight.sum() + 1 / omega2
    mean = (weight.sum(axis=0) @ (np.log(y) + LN2 * t / 51) + np.log(35) / omega2) / precision
    assert fit.log_mean == pytest.approx(mean + np.log(51 / LN2), rel=1e-9)
    assert fit.log_deviation == pytest.approx(precision**-0.5, rel=1e-9)
    # Half-lives hardly vary, so the quantiles are those of a log-normal.
    expected = np.exp(fit.log_mean + np.array([-1, 1]) * 1.6448536270 * precision**-0.5)
    np.testing.assert_allclose(fit.interval(0.9), expected, rtol=1e-7)
    assert fit.time_integrated_activity == pytest.approx(np.exp(fit.log_mean), rel=1e-9)


@pytest.mark.parametrize("uptake", [False, True])
def test_several_scans_agree_with_the_whole_posterior_on_a_grid(uptake):
    t, y, s = np.array([3.0, 24.0, 96.0]), np.array([33.0, 40.0, 13.0]), np.sqrt(np.log(1.04))
    more = {"uptake_half_life": "2 h", "uptake_half_life_cv": 0.4} if uptake else {}
    fit = lt.population_fit(
        t, y, error_cv=0.2, amplitude=50.0, amplitude_cv=0.5, nuclide="Lu-177", **PRIOR, **more
    )
    # All parameters on one grid, nothing integrated by formula.
    n = 121
    z = np.linspace(-7, 7, n)
    a = (np.log(50) + np.sqrt(np.log(1.25)) * z).reshape(-1, 1, 1)
    slow = (LN2 / (51 * np.exp(np.sqrt(OMEGA2) * z))).reshape(1, -1, 1)
    prior = np.exp(-0.5 * (z.reshape(-1, 1, 1) ** 2 + z.reshape(1, -1, 1) ** 2))
    fast = np.array([[[np.inf]]])
    if uptake:
        fast = (LN2 / (2 * np.exp(np.sqrt(np.log(1.16)) * z))).reshape(1, 1, -1)
        prior = prior * np.exp(-0.5 * z.reshape(1, 1, -1) ** 2)
    weight = prior * (fast > slow) * (slow > LN2 / 159.528)
    for time, activity in zip(t, y, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = a + np.log(np.exp(-slow * time) - np.exp(-fast * time))
            weight = weight * np.nan_to_num(np.exp(-0.5 * ((np.log(activity) - curve) / s) ** 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ln_tia = np.nan_to_num(a + np.log(1 / slow - 1 / fast))
    mean = np.sum(weight * ln_tia) / weight.sum()
    deviation = np.sqrt(np.sum(weight * (ln_tia - mean) ** 2) / weight.sum())
    # Steps of 0.12 deviations of the prior, 0.3 of the posterior and less: trapezoids are exact to 1e-6.
    assert fit.log_mean == pytest.approx(mean, rel=1e-6)
    assert fit.log_deviation == pytest.approx(deviation, rel=1e-5)


def test_the_interval_covers_noise_and_half_lives():
    rng = np.random.default_rng(11)
    n, t = 400, 24.0
    half_lives = 51 * np.exp(np.sqrt(OMEGA2) * rng.normal(size=n))
    measured = mono(t, half_lives, 80) * np.exp(np.sqrt(np.log(1.01)) * rng.normal(size=n))
    truth = 80 * half_lives / LN2
    fits = [lt.population_fit(t, y, error_cv=0.1, **PRIOR) for y in measured]
    covered = np.mean(
        [low < x < high for x, (low, high) in zip(truth, (f.interval() for f in fits), strict=True)]
    )
    assert abs(covered - 0.9) < 3 * np.sqrt(0.9 * 0.1 / n)
    noise_alone = [
        abs(np.log(x) - f.log_mean) < 1.645 * f.noise_deviation
        for x, f in zip(truth, fits, strict=True)
    ]
    assert np.mean(noise_alone) < 0.75  # what an interval without half-lives would cover


def test_a_precise_curve_overrules_the_population():
    t = np.array([4.0, 24, 72, 168])
    fit = lt.population_fit(t, mono(t, 90, 10), error_cv=1e-3, **PRIOR)
    assert fit.effective_half_life == pytest.approx(90, rel=1e-3)
    assert fit.time_integrated_activity == pytest.approx(10 * 90 / LN2, rel=1e-3)
    assert fit.log_deviation < 2e-3
    assert "90 %" in repr(fit)
    assert "% of the variance from the half-life" in fit.summary()


def test_half_lives_beyond_physical_decay_are_left_out():
    late = {"half_life": "150 h", "half_life_cv": 0.3, "error_cv": 0.1}
    bound = lt.population_fit("96 h", "10 MBq", nuclide="Lu-177", **late)
    free = lt.population_fit("96 h", "10 MBq", **late)
    assert bound.half_life_interval(0.99)[1] < 159.53 < free.half_life_interval(0.9)[1]


def test_the_table_of_half_lives_says_how_sure_its_numbers_are():
    table = lt.population_half_lives("lu177_dotatate")
    assert {"kidney", "liver", "spleen", "lesion"} <= set(table.index)
    assert (table["half_life_h"] < 159.53).all()
    assert table["tag"].isin(list("RSCMA")).all()
    with pytest.raises(lt.DataError, match="unknown population_half_lives 'lu177'.*lu177_dotatate"):
        lt.population_half_lives("lu177")


GOOD = {"half_life": 51.0, "half_life_cv": 0.25, "error_cv": 0.1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lt.haenscheid(0.0, 1.0), "time of a scan must be positive, found 0.0 h"),
        (lambda: lt.haenscheid(1.0, -1.0), "must not be negative, found -1.0 MBq"),
        (lambda: lt.madsen(1.0, 1.0, 0.0), "effective_half_life must be positive"),
        (lambda: lt.two_time_points([1.0], [1.0]), "needs two scans, found 1"),
        (lambda: lt.two_time_points([1.0, 2.0], [1.0, 2.0]), "no washout is seen"),
        (
            lambda: lt.two_time_points([24, 96], [10, 9.5], nuclide="Lu-177"),
            "more slowly than Lu-177 decays",
        ),
        (lambda: lt.population_fit([], [], **GOOD), "needs at least one scan"),
        (lambda: lt.population_fit([1, 2], [1], **GOOD), "lists of one length"),
        (lambda: lt.population_fit([2, 1], [1, 1], **GOOD), "times must ascend"),
        (lambda: lt.population_fit([1], [np.nan], **GOOD), "must be finite numbers"),
        (lambda: lt.population_fit([1], [-1.0], **GOOD), "must not be negative"),
        (lambda: lt.population_fit([1, 2], [0, 0], **GOOD), "all activities are zero"),
        (lambda: lt.population_fit([1, 2], [1, 0], **GOOD), "activity at 2 h is zero"),
        (
            lambda: lt.population_fit(1, 1, **(GOOD | {"error_cv": 0})),
            "error_cv must be a positive",
        ),
        (
            lambda: lt.population_fit(1, 1, **(GOOD | {"half_life": 0})),
            "half_life must be positive",
        ),
        (lambda: lt.population_fit(1, 1, amplitude=1, **GOOD), "amplitude needs amplitude_cv"),
        (
            lambda: lt.population_fit(0, 1, uptake_half_life=1, uptake_half_life_cv=0.2, **GOOD),
            "zero at 0 h",
        ),
        (
            lambda: lt.population_fit(1, 1, uptake_half_life=500, uptake_half_life_cv=0.01, **GOOD),
            "washout must be slower than uptake",
        ),
    ],
)
def test_what_cannot_be_fitted_says_why(call, message):
    with pytest.raises(lt.DataError, match=message):
        call()


def test_probabilities_lie_between_0_and_1():
    fit = lt.population_fit(24, 10, **GOOD)
    with pytest.raises(ValueError, match="probability must lie between"):
        fit.quantile(1.0)
    with pytest.raises(ValueError, match="level must lie between"):
        fit.interval(90)

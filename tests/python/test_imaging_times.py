"""Which scans: the same numbers as a plain computation, the analytic optima, and a gain that is real."""

import itertools
import time

import numpy as np
import pytest

import lutetia as lt

LN2 = np.log(2)
RNG = np.random.default_rng(12)


def mono_sensitivities(times, half_life):
    """∂ ln A/∂(ln A₀, ln T), shape (1, m, 1, 2), and that of ln Ã, shape (1, 1, 2)."""
    t = np.asarray(times, float)
    curve = np.stack([np.ones_like(t), LN2 * t / half_life], axis=1)
    return curve[None, :, None, :], np.ones((1, 1, 2))


def plain(g, s, prior, noise, systematic, schedule):
    """Mean variance of the targets and ln det of one schedule: all observations stacked, one at a time."""
    draws, _, regions, _ = g.shape
    variances, determinants = [], []
    for d in range(draws):
        rows = np.vstack([g[d, k] for k in schedule])  # region runs fastest
        error = np.diag(np.tile(noise**2, len(schedule)))
        for r in range(regions):
            mine = np.arange(len(rows)) % regions == r
            error += systematic[r] ** 2 * np.outer(mine, mine)
        precision = np.linalg.inv(prior) + rows.T @ np.linalg.inv(error) @ rows
        covariance = np.linalg.inv(precision)
        variances.append(np.diag(s[d] @ covariance @ s[d].T))
        determinants.append(np.linalg.slogdet(precision)[1])
    return np.mean(variances, axis=0), np.mean(determinants)


@pytest.mark.parametrize("systematic", [[0.0, 0.0, 0.0], [0.05, 0.0, 0.2]])
def test_the_ranking_is_that_of_a_plain_computation(systematic):
    times = np.array([4.0, 24.0, 48.0, 96.0, 168.0])
    g, s = RNG.normal(size=(4, 5, 3, 4)), RNG.normal(size=(4, 2, 4))
    root = RNG.normal(size=(4, 4))
    prior = root @ root.T + 0.1 * np.eye(4)
    cv = np.array([0.1, 0.2, 0.15])
    table = lt.imaging_schedules(
        times, g, s, prior_covariance=prior, error_cv=cv, systematic_cv=systematic,
        scans=[1, 2, 3], targets=["kidney", "lesion"], weights={"kidney": 3, "lesion": 1},
    )  # fmt: skip
    assert len(table) == 5 + 10 + 10
    assert table["criterion"].is_monotonic_increasing
    assert table.index.tolist() == list(range(1, 26))
    noise, tau = np.sqrt(np.log1p(cv**2)), np.sqrt(np.log1p(np.square(systematic)))
    for row in table.itertuples():
        schedule = [int(np.flatnonzero(times == t)[0]) for t in row.times_h]
        variance, determinant = plain(g, s, prior, noise, tau, schedule)
        assert row.criterion == pytest.approx(variance @ [0.75, 0.25], rel=1e-9)
        assert row.ln_determinant == pytest.approx(determinant, rel=1e-9)
        assert row.cv_lesion == pytest.approx(np.sqrt(np.expm1(variance[1])), rel=1e-9)


def test_the_determinant_chooses_both_ends_of_the_window():
    # Two parameters, the same relative error at all times.
    times = [4.0, 24.0, 48.0, 96.0, 168.0]
    table = lt.imaging_schedules(
        times, *mono_sensitivities(times, 51), prior_covariance=1e4 * np.eye(2), error_cv=0.1,
        scans=2, criterion="determinant",
    )  # fmt: skip
    assert table["times_h"].iloc[0] == (4.0, 168.0)
    assert table["ln_determinant"].is_monotonic_decreasing


def test_one_scan_is_best_at_1_443_half_lives():
    times = np.arange(20.0, 140.0, 0.5)
    curve, dose = mono_sensitivities(times, 51)
    table = lt.imaging_schedules(
        times, curve, dose, prior_covariance=np.diag([1e6, 0.06]), error_cv=0.1, scans=1
    )
    assert lt.optimal_single_time("51 h") == pytest.approx(51 / LN2, rel=1e-14)
    assert abs(table["times_h"].iloc[0][0] - 51 / LN2) <= 0.5  # steps of the candidates
    # Without any spread of T the variance is s² + (1 − λt)²·ω², A₀ being free.
    at_24 = table[table["times_h"] == (24.0,)]["criterion"].item()
    expected = np.log(1.01) + (1 - LN2 * 24 / 51) ** 2 * 0.06
    assert at_24 == pytest.approx(expected, rel=1e-5)  # the prior of A₀ is finite


def test_a_simulation_with_spread_has_the_same_optimum():
    z = np.random.default_rng(1).standard_normal(200_000)
    half_lives = 51 * np.exp(np.sqrt(np.log(1 + 0.25**2)) * z)
    times = np.arange(50.0, 100.0, 1.0)
    spread = [
        np.std(lt.madsen(t, np.exp(-LN2 * t / half_lives), 51.0) * LN2 / half_lives) for t in times
    ]
    simulated = times[int(np.argmin(spread))]
    assert abs(simulated - 51 / LN2) < 5
    # Flat at its minimum: the error of the deviation, 0.16 %, moves it by 2 h at most.
    assert lt.optimal_single_time("51 h", 0.25) == pytest.approx(simulated, abs=2)


def test_the_enumerated_design_beats_random_ones_in_a_simulation():
    # Kidney and lesion of patients from a log-normal population; every scan sees both. What counts is the error
    # of the fitted ln Ã of simulated patients, not the criterion of the design.
    rng = np.random.default_rng(21)
    times = np.array([4.0, 24, 48, 72, 96, 120, 144, 168, 192])
    medians, omega, cv = np.array([51.0, 77.0]), np.sqrt(np.log1p(np.array([0.25, 0.35]) ** 2)), 0.1
    draws, q = 100, 4  # ln A₀ and ln T of both regions
    g, s = np.zeros((draws, times.size, 2, q)), np.zeros((draws, 2, q))
    for d in range(draws):
        for r, half_life in enumerate(medians * np.exp(omega * rng.normal(size=2))):
            g[d, :, r, 2 * r], g[d, :, r, 2 * r + 1] = 1.0, LN2 * times / half_life
            s[d, r, 2 * r : 2 * r + 2] = 1.0
    prior = np.diag([100.0, omega[0] ** 2, 100.0, omega[1] ** 2])
    table = lt.imaging_schedules(times, g, s, prior_covariance=prior, error_cv=cv, scans=2)
    best = table["times_h"].iloc[0]

    patients = 120
    half_lives = medians * np.exp(omega * rng.normal(size=(patients, 2)))
    noise = np.sqrt(np.log1p(cv**2)) * rng.normal(size=(patients, 2, times.size))
    curves = np.exp(
        -LN2 * times / half_lives[..., None] + noise
    )  # the same patients for all designs

    def error(schedule):
        at = np.isin(times, schedule)
        squares = [
            (
                lt.population_fit(
                    times[at], curves[p, r, at], half_life=medians[r],
                    half_life_cv=[0.25, 0.35][r], error_cv=cv,
                ).log_mean - np.log(half_lives[p, r] / LN2)
            ) ** 2
            for p in range(patients) for r in range(2)
        ]  # fmt: skip
        return np.mean(squares)

    pairs = list(itertools.combinations(times, 2))
    random = [pairs[k] for k in rng.choice(len(pairs), 8, replace=False)]
    errors = np.array([error(pair) for pair in random])
    assert error(best) < 0.8 * np.median(errors)
    # Mean squares of 240 numbers have an error of 9 %; designs nearly as good may look better by that.
    assert error(best) < 1.1 * errors.min()
    # Designs are ordered as the criterion says.
    criterion = table.set_index("times_h")["criterion"]
    assert np.corrcoef([criterion[pair] for pair in random], errors)[0, 1] > 0.9


def test_five_of_ten_candidates_take_seconds():
    draws, regions, q = 200, 5, 10
    g, s = RNG.normal(size=(draws, 10, regions, q)), RNG.normal(size=(draws, 3, q))
    start = time.perf_counter()
    table = lt.imaging_schedules(
        np.arange(10) * 20.0 + 4, g, s, prior_covariance=np.eye(q), error_cv=0.1, scans=5
    )
    assert len(table) == 252
    assert time.perf_counter() - start < 5


def test_spacing_and_working_hours_leave_feasible_schedules():
    candidates = [1, 4, 24, 48, 72, 96, 120, 144, 168]
    # Given on a Thursday at 9: no scan on Saturday (48 h) and Sunday (72 h).
    allowed = lt.feasible_times(candidates, weekday="Thursday", clock="9 h")
    assert allowed.tolist() == [1, 4, 24, 96, 120, 144, 168]
    # At 15, a scan 4 h later is after hours, unless it may be moved by 3 h.
    late = lt.feasible_times(candidates, weekday="thursday", clock="15 h")
    assert late.tolist() == [1, 24, 96, 120, 144, 168]
    moved = lt.feasible_times(candidates, weekday="thursday", clock="15 h", window="3 h")
    assert moved.tolist() == [1, 4, 24, 96, 120, 144, 168]
    weekend = lt.feasible_times([48], weekday="thursday", working_days=["saturday"])
    assert weekend.tolist() == [48]
    table = lt.imaging_schedules(
        candidates, *mono_sensitivities(candidates, 51), prior_covariance=np.eye(2), error_cv=0.1,
        scans=3, spacing="24 h", allowed=allowed,
    )  # fmt: skip
    used = np.array(table["times_h"].tolist())
    assert set(used.ravel()) == set(allowed)
    assert np.diff(used, axis=1).min() >= 24
    apart = [c for c in itertools.combinations(allowed, 3) if min(np.diff(c)) >= 24]
    assert sorted(map(tuple, used.tolist())) == sorted(map(tuple, np.array(apart).tolist()))


def test_the_model_gives_sensitivities_of_logarithms_at_draws_of_the_prior():
    cycle = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
    )
    who = ("sstr2_whole_body", "reference_male", cycle)
    names, covariance = ["kidney.receptor_density", "gfr"], np.array([[0.04, 0.01], [0.01, 0.09]])
    found = lt.schedule_sensitivities(
        *who, names, covariance, [24.0, 96.0], regions=["kidney", "spleen"], targets=["kidney"],
        draws=2, seed=5, progress=False, rtol=1e-8,
    )  # fmt: skip
    assert found.activity.shape == (2, 2, 2, 2)
    assert found.absorbed_dose.shape == (2, 1, 2)
    deviates = np.random.default_rng(5).standard_normal((2, 2)) @ np.linalg.cholesky(covariance).T
    values = lt.simulate(*who).parameters.loc[names]
    h = 1e-3  # differences: h² of the third derivative

    def run(draw, step):
        given = {
            name: f"{float(row.value * np.exp(move))!r} {row.unit}"
            for (name, row), move in zip(values.iterrows(), draw + step, strict=True)
        }
        result = lt.simulate(*who, times=[24.0, 96.0], parameters=given, rtol=1e-10)
        dose = lt.absorbed_dose(result).table
        activity = result.activity.sel(region=["kidney", "spleen"]).values
        return np.log(activity), np.log(
            dose.loc["kidney", [c for c in dose if c.startswith("cycle_")]].sum()
        )

    for d, draw in enumerate(deviates):
        for k, unit in enumerate(h * np.eye(2)):
            high, low = run(draw, unit), run(draw, -unit)
            np.testing.assert_allclose(
                (high[0] - low[0]) / (2 * h), found.activity[d, :, :, k], atol=2e-5
            )
            assert (high[1] - low[1]) / (2 * h) == pytest.approx(
                found.absorbed_dose[d, 0, k], abs=2e-5
            )
    with pytest.raises(ValueError, match="regions must be of .*, found \\['kidneys'\\]"):
        lt.schedule_sensitivities(
            *who, names, covariance, [24.0], regions=["kidneys"], targets=["kidney"], draws=1
        )
    with pytest.raises(ValueError, match=r"covariance must have shape \(2, 2\)"):
        lt.schedule_sensitivities(
            *who, names, [[1.0]], [24.0], regions=["kidney"], targets=["kidney"]
        )
    with pytest.raises(ValueError, match="covariance must be positive definite"):
        lt.schedule_sensitivities(
            *who, names, -covariance, [24.0], regions=["kidney"], targets=["kidney"]
        )
    with pytest.raises(ValueError, match="draws must be at least 1"):
        lt.schedule_sensitivities(
            *who, names, covariance, [24.0], regions=["kidney"], targets=["kidney"], draws=0
        )
    with pytest.raises(ValueError, match="no activity at a candidate time"):
        lt.schedule_sensitivities(
            *who, names, covariance, [0.0], regions=["kidney"], targets=["kidney"], draws=1
        )


GOOD = {"prior_covariance": np.eye(2), "error_cv": 0.1, "scans": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prior_covariance": -np.eye(2)}, "prior_covariance must be positive definite"),
        ({"prior_covariance": [1.0, 2.0]}, "prior_covariance must be square"),
        ({"prior_covariance": np.eye(3)}, r"sensitivity must have shape \(draws, 3, regions, 3\)"),
        (
            {"dose_sensitivity": np.ones((2, 1, 2))},
            r"dose_sensitivity must have shape \(1, targets, 2\)",
        ),
        ({"sensitivity": np.full((1, 3, 1, 2), np.nan)}, "sensitivities must be finite"),
        ({"candidates": [4, 96, 24]}, "candidates must ascend"),
        ({"error_cv": 0.0}, "error_cv must be positive"),
        ({"error_cv": [0.1, 0.1]}, "error_cv must be one number or 1"),
        ({"systematic_cv": -0.1}, "systematic_cv must be one number or 1, none negative"),
        ({"scans": 0}, "scans must be at least 1"),
        (
            {"scans": 4},
            "no schedule of 4 scans at least 0 h apart among the 3 feasible of 3 candidates",
        ),
        ({"spacing": "30 d"}, "no schedule of 2 scans at least 720 h apart"),
        ({"allowed": [24.0]}, "among the 1 feasible of 3"),
        ({"targets": ["a", "b"]}, "targets must be 1 names"),
        ({"weights": {"liver": 1.0}}, r"weights must be of the targets \['target_1'\]"),
        ({"weights": {"target_1": 0.0}}, "weights must not be negative nor all zero"),
        ({"criterion": "A"}, "criterion must be one of dose_variance, determinant"),
    ],
)
def test_a_wrong_design_is_refused(change, message):
    times = [4.0, 24.0, 96.0]
    curve, dose = mono_sensitivities(times, 51)
    call = {"candidates": times, "sensitivity": curve, "dose_sensitivity": dose, **GOOD} | change
    with pytest.raises(ValueError, match=message):  # DataError is one
        lt.imaging_schedules(**call)


def test_too_many_schedules_are_refused():
    times = np.arange(1.0, 193.0)
    with pytest.raises(lt.DataError, match="schedules are more than 200000; give fewer"):
        lt.imaging_schedules(times, *mono_sensitivities(times, 51), **(GOOD | {"scans": 5}))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: lt.feasible_times([4], weekday="friyay"),
            "days must be among monday.*found friyay",
        ),
        (lambda: lt.feasible_times([4], weekday="friday", hours=(17, 8)), "hours must ascend"),
        (
            lambda: lt.feasible_times([4], weekday="friday", clock="25 h"),
            "clock must lie within a day",
        ),
        (lambda: lt.optimal_single_time("0 h"), "effective_half_life must be positive"),
        (lambda: lt.optimal_single_time("51 h", 3.0), "half_life_cv from 0 to 2"),
    ],
)
def test_wrong_times_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

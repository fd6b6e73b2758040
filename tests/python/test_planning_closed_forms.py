"""Closed forms and quantiles of planning, without any run."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import lutetia as lt
from lutetia.planning.closed_form import largest_scale
from lutetia.planning.risk import (
    cvar,
    cvar_weights,
    lognormal_scale,
    scenario_rank,
    scenario_scale,
    wilson_interval,
)

# Worked examples 2 and 3: 7.4 GBq give the kidneys this dose, with this protraction.
DOSE, G, ALPHA_BETA = 4.6232813, 0.05109489051, 2.5
PROTRACTION = G * DOSE**2


def printed(value, text):
    """Compare with a printed number: half a unit of its last digit."""
    digits = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5 * 10.0**-digits * (1.0 + 1e-9)


def test_worked_example_4_allowed_equal_cycles():
    cycles = lt.allowed_equal_cycles
    assert printed(cycles(23.0, DOSE), "4.97")
    for limit, text in ((28.0, "5.53"), (40.0, "7.90")):
        found = cycles(limit, DOSE, protraction=PROTRACTION, alpha_beta=ALPHA_BETA)
        assert printed(found, text)


@pytest.mark.parametrize(
    ("cycles", "dose", "total"),
    [
        (1, "26.08909", "26.09"),
        (2, "15.24809", "30.50"),
        (4, "8.51733", "34.07"),
        (6, "5.94446", "35.67"),
    ],
)
def test_worked_example_18_dose_per_cycle_for_a_bed_of_40(cycles, dose, total):
    # An activity of one that gives one gray: the activity is the dose.
    found = lt.largest_equal_activity(
        40.0, 1.0, protraction_per_activity_squared=0.0510949, alpha_beta=2.5, cycles=cycles
    )
    assert printed(found, dose)
    assert printed(cycles * found, total)


def test_the_check_value_of_the_inner_problem():
    a = 0.6247677
    found = lt.largest_equal_activity(
        40.0, a, protraction_per_activity_squared=0.0510949 * a**2, alpha_beta=2.5, cycles=4
    )
    assert printed(found, "13.6328")


def test_worked_example_19_a_chance_constraint():
    assert printed(lt.lognormal_activity(23.0, 0.45, 1.35, 0.05), "31.1986")
    assert printed(lt.lognormal_activity(23.0, 0.45, 1.35, 0.5), "51.1111")


def test_an_absorbed_dose_limit_is_shared_by_the_cycles():
    assert lt.largest_equal_activity(23.0, 0.5, cycles=4) == pytest.approx(11.5, rel=1e-15)


def test_the_scale_solves_its_equation_whatever_the_protraction():
    for q in (0.0, 1e-14, 1e-3, 1.0, 1e6):  # the textbook root loses all digits at 1e-14
        s = largest_scale(40.0, 0.6, q)
        assert 0.6 * s + q * s * s == pytest.approx(40.0, rel=1e-14)
    assert largest_scale(-1.0, 0.6, 0.1) == 0.0
    assert largest_scale(0.0, 0.6, 0.1) == 0.0
    assert largest_scale(1.0, 0.0, 0.0) == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lt.largest_equal_activity(0.0, 1.0), "limit must be positive, found 0.0"),
        (
            lambda: lt.largest_equal_activity(1.0, 1.0, protraction_per_activity_squared=-1.0),
            "protraction_per_activity_squared must not be negative, found -1.0",
        ),
        (lambda: lt.allowed_equal_cycles(1.0, -1.0), "dose_per_cycle must be positive, found -1.0"),
        (lambda: lt.lognormal_activity(1.0, 1.0, 0.9), "gsd must be at least 1, found 0.9"),
        (
            lambda: lt.lognormal_activity(1.0, 1.0, 1.1, 1.0),
            "risk must be between 0 and 1, found 1.0",
        ),
        (
            lambda: scenario_rank(18, 0.05),
            "a risk of 0.05 needs at least 19 draws, found 18",
        ),
        (
            lambda: lognormal_scale(np.ones(1), 0.05),
            "a log-normal distribution needs at least two draws, found 1",
        ),
        (lambda: wilson_interval(3, 2), "count must be from 0 to n, found 3 of 2"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("n", [19, 40, 200])
def test_a_new_draw_exceeds_the_scenario_rank_as_often_as_it_says(n):
    rank = scenario_rank(n, 0.05)
    assert rank / (n + 1) <= 0.05 < (rank + 1) / (n + 1)
    rng = np.random.default_rng(7)
    # With uniform draws the chance that a new one lies below the chosen one is the chosen one.
    chosen = [scenario_scale(rng.random(n), 0.05) for _ in range(4000)]
    expected = rank / (n + 1)
    error = np.sqrt(expected * (1.0 - expected) / (n + 2) / len(chosen))
    assert abs(np.mean(chosen) - expected) < 4.0 * error


def test_the_lognormal_scale_is_that_of_the_closed_form():
    spread = np.log(1.35) / np.sqrt(2.0)  # two draws with this standard deviation of logarithms
    dose = 0.45 * np.exp(np.array([-spread, spread]) * 1.0)
    assert printed(lognormal_scale(23.0 / dose, 0.05), "31.1986")
    assert lognormal_scale(np.array([1.0, 0.0]), 0.05) == 0.0


def test_the_conditional_value_at_risk_is_the_minimum_of_its_definition():
    rng = np.random.default_rng(3)
    values = rng.lognormal(size=37)
    for risk in (0.05, 0.1, 0.33):
        found = minimize_scalar(
            lambda t, risk=risk: t + np.maximum(values - t, 0.0).mean() / risk,
            bounds=(values.min(), values.max()),
            method="bounded",
            options={"xatol": 1e-12},
        )
        assert cvar(values, risk) == pytest.approx(found.fun, rel=1e-9)
        value, weights = cvar_weights(values, risk)
        assert weights.sum() == pytest.approx(1.0, rel=1e-12)
        step = 1e-6 * rng.standard_normal(37)
        difference = (cvar(values + step, risk) - cvar(values - step, risk)) / 2.0
        assert weights @ step == pytest.approx(difference, rel=1e-6)
        assert value >= np.quantile(values, 1.0 - risk)


@pytest.mark.parametrize(("count", "n"), [(0, 200), (10, 200), (200, 200), (3, 7)])
def test_the_ends_of_wilson_s_interval_are_just_not_rejected(count, n):
    # An inner end p solves |share − p| = z·sqrt(p(1 − p)/n); at 0 and 1 of n the interval ends there.
    z, share = 1.959963984540054, count / n
    low, high = wilson_interval(count, n)
    for end in (low, high):
        if end in (0.0, 1.0):
            assert share == end
        else:
            assert abs(share - end) == pytest.approx(z * np.sqrt(end * (1 - end) / n), rel=1e-9)
    assert low <= share <= high

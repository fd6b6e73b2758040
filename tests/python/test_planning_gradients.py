"""Derivatives of objectives and of what holds limits, against central differences."""

from dataclasses import replace

import numpy as np
import pytest

import lutetia as lt
from lutetia.data import shipped
from lutetia.planning.allowance import Guard
from lutetia.planning.candidates import Bounds, Problem, sized
from lutetia.planning.courses import Course
from lutetia.planning.free import fitted, freed
from lutetia.planning.objectives import OBJECTIVES, Answer, Region
from lutetia.planning.structures import Structure

CYCLES, DRAWS = 4, 30


def region(rng, size, alpha_beta, draws=DRAWS, fall=1.0):
    """Doses that vary between draws and fall with the cycles."""
    spread = np.exp(0.3 * rng.standard_normal((draws, 1)))
    linear = size * spread * fall ** np.arange(CYCLES) / 1000.0
    given = rng.random(draws)
    return Region(linear, 1.1 * linear, 0.05 * linear**2, given, 1.2 * given, alpha_beta)


def answer(rng, draws=DRAWS):
    structure = Structure(CYCLES, 1344.0, 100.0)
    nothing = np.empty((draws, 0, CYCLES))
    course = Course(structure, [], np.ones(CYCLES), nothing, nothing, nothing)
    lesions = {f"l{k}": region(rng, 2.0 + k, 10.0, draws, fall=0.8 + 0.05 * k) for k in range(3)}
    kill = lt.CellKill("0.1 1/Gy", "60 day", "1e6 1/g").of_library(shipped())
    return Answer(course, lesions, region(rng, 0.6, 2.5, draws), np.array([5.0, 20.0, 50.0]), kill)


def differences(f, w):
    step = 1e-4 * w
    columns = [
        (f(w + step * e) - f(w - step * e)) / (2.0 * s)
        for e, s in zip(np.eye(len(w)), step, strict=True)
    ]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("draws", [1, DRAWS])
def test_objectives_by_activities(name, draws):
    case = answer(np.random.default_rng(1), draws)
    w = np.array([9000.0, 7000.0, 5000.0, 8000.0])
    components = OBJECTIVES[name].components
    exact = components(case, w)[1]
    # Central differences of step 1e-4 leave some 1e-8 of the curvature.
    np.testing.assert_allclose(
        exact, differences(lambda v: components(case, v)[0], w), rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize("quantity", ["absorbed_dose", "BED", "EQD2"])
@pytest.mark.parametrize("chance", [None, "cvar"])
def test_what_holds_limits_by_activities(quantity, chance):
    rng = np.random.default_rng(2)
    guard = Guard(lt.Limit("kidney", "23 Gy", quantity), region(rng, 0.6, 2.5), chance, 0.07)
    w = np.array([9000.0, 7000.0, 5000.0, 8000.0])
    _, exact = guard.rooms(w)
    found = differences(lambda v: guard.rooms(v)[0], w)
    np.testing.assert_allclose(exact, found, rtol=1e-6)


@pytest.mark.parametrize("quantity", ["absorbed_dose", "BED", "EQD2"])
@pytest.mark.parametrize("chance", [None, "scenarios", "lognormal", "cvar"])
def test_a_scale_brings_its_limit_to_the_brink(quantity, chance):
    guard = Guard(
        lt.Limit("kidney", "23 Gy", quantity),
        region(np.random.default_rng(2), 0.6, 2.5),
        chance,
        0.1,
    )
    w = np.array([9000.0, 7000.0, 5000.0, 8000.0])
    w = guard.scale(w, 0.0 * w) * w
    values = guard.values(w)
    if chance is None:
        assert values[0] == pytest.approx(23.0, rel=1e-12)
    elif chance == "scenarios":  # of 30 draws the third decides: two exceed
        assert np.sort(values)[-3] == pytest.approx(23.0, rel=1e-12)
        assert guard.violated(w).sum() == 2
    elif chance == "cvar":
        assert np.sort(values)[-3:].mean() == pytest.approx(23.0, rel=1e-10)
    else:
        assert 0 < guard.violated(w).sum() < 8


def problem(rng, objective, draws=1, **limits):
    case = answer(rng, draws)
    guards = [
        Guard(
            lt.Limit("kidney", f"{gray} Gy", quantity),
            case.kidney,
            None if draws == 1 else "cvar",
            0.1,
        )
        for quantity, gray in limits.items()
    ]
    bounds = Bounds(0.0, 20000.0, np.inf, None)
    return Problem(case, guards, [], OBJECTIVES[objective], bounds, None)


@pytest.mark.parametrize("draws", [1, DRAWS])
@pytest.mark.parametrize(
    "objective", ["minimum_lesion_dose", "mean_lesion_dose", "minimum_lesion_bed"]
)
def test_free_activities_are_not_beaten_by_any_that_were_tried(objective, draws):
    rng = np.random.default_rng(5)
    asked = problem(rng, objective, draws, BED=30.0, absorbed_dose=24.0)
    equal = sized(asked, np.ones(CYCLES))
    free = freed(asked, equal)
    assert free.objective > 1.01 * equal.objective
    for guard in asked.guards:
        assert guard.rooms(free.activities)[0] >= -1e-9
    tried = [sized(asked, rng.random(CYCLES) ** 3 + 1e-6).objective for _ in range(300)]
    assert free.objective >= max(tried) * (1.0 - 1e-6)


def test_free_activities_of_equal_cycles_under_a_bed_are_equal():
    # Protraction is quadratic, so unequal activities waste it.
    rng = np.random.default_rng(6)
    case = answer(rng, 1)
    same = {k: region(np.random.default_rng(8), 3.0, 10.0, 1) for k in case.lesions}
    asked = problem(rng, "mean_lesion_dose", 1, BED=30.0)
    asked = Problem(
        Answer(case.course, same, case.kidney, case.masses, None),
        asked.guards,
        [],
        asked.objective,
        asked.bounds,
        None,
    )
    uneven = sized(asked, np.array([1.0, 0.5, 0.25, 0.125]))
    free = freed(asked, uneven)
    np.testing.assert_allclose(free.activities, free.activities.mean(), rtol=1e-3)


def test_a_schedule_whose_objective_is_no_number_is_no_plan():
    asked = problem(np.random.default_rng(6), "minimum_lesion_dose", 1, BED=30.0)
    lesions = dict(asked.answer.lesions)
    lesions["l0"] = replace(lesions["l0"], linear=np.full((1, CYCLES), np.nan))
    failed = replace(asked, answer=replace(asked.answer, lesions=lesions))
    candidate = sized(failed, np.ones(CYCLES))
    assert not candidate.feasible
    assert candidate.reason == "the objective is no number: the runs failed"
    assert sized(asked, np.ones(CYCLES)).feasible


def test_cycles_at_the_smallest_activity_keep_it_when_others_are_scaled():
    asked = problem(np.random.default_rng(6), "minimum_lesion_dose", 1, absorbed_dose=24.0)
    asked = replace(asked, bounds=Bounds(1480.0, 40000.0, np.inf, None))
    w = np.array([90000.0, 1480.0, 1480.0, 1480.0])  # too much: scaled as a whole none is useful
    assert not sized(asked, w).feasible
    found = fitted(asked, w)
    assert found.feasible
    assert found.activities[1:].tolist() == [1480.0] * 3
    assert found.problem.guards[0].values(found.activities)[0] == pytest.approx(24.0, rel=1e-12)

"""Information of data and prior: closed forms, and the published design of warfarin."""

import numpy as np
import pytest

import lutetia as lt

RNG = np.random.default_rng(7)


def test_the_linear_gaussian_posterior_is_exact():
    # y = G φ + ε with a Gaussian prior: the covariance of least squares with the prior as further rows.
    g = RNG.normal(size=(6, 3))
    r = RNG.uniform(0.5, 2.0, 6)
    root = RNG.normal(size=(3, 3))
    prior = root @ root.T + np.eye(3)
    rows = np.vstack([g / np.sqrt(r)[:, None], np.linalg.cholesky(np.linalg.inv(prior)).T])
    expected = np.linalg.inv(rows.T @ rows)
    found = lt.posterior_covariance(lt.fisher_information(g, r), np.linalg.inv(prior))
    np.testing.assert_allclose(found, expected, rtol=1e-11)
    s = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(
        lt.derived_variance(s, found), np.diag(s @ expected @ s.T), rtol=1e-11
    )
    np.testing.assert_allclose(
        lt.information_gain(found, prior), 1 - np.diag(expected) / np.diag(prior), rtol=1e-11
    )
    deviation = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        lt.correlations(found), expected / np.outer(deviation, deviation), rtol=1e-11
    )
    np.testing.assert_allclose(
        lt.coefficients_of_variation(found), np.sqrt(np.exp(np.diag(expected)) - 1), rtol=1e-11
    )


def test_a_variance_that_depends_on_parameters_informs_too():
    # y ~ N(0, e^φ): the information of φ is ½ whatever φ. y ~ N(e^φ, b² e^2φ): 1/b² + 2.
    zero, variance = [[0.0]], [3.0]
    assert lt.fisher_information(zero, variance, [[3.0]]).item() == pytest.approx(0.5, rel=1e-15)
    mean, b = 4.0, 0.1
    information = lt.fisher_information([[mean]], [(b * mean) ** 2], [[2 * (b * mean) ** 2]])
    assert information.item() == pytest.approx(1 / b**2 + 2, rel=1e-14)


def test_a_singular_information_is_not_hidden_by_a_pseudo_inverse():
    product_alone = lt.fisher_information([[1.0, 1.0], [2.0, 2.0]], [0.01, 0.01])
    with pytest.raises(lt.FitError, match="not identified: the information matrix is singular"):
        lt.posterior_covariance(product_alone)
    with pytest.raises(lt.FitError, match="not identified"):
        lt.posterior_covariance([[1.0, 0.0], [0.0, 0.0]])
    # Units are no defect of rank: 16 orders of magnitude between parameters.
    badly_scaled = np.diag([1e16, 1.0]) + np.array([[0.0, 0.5e8], [0.5e8, 0.0]])
    np.testing.assert_allclose(
        lt.posterior_covariance(badly_scaled) @ badly_scaled, np.eye(2), atol=1e-6
    )
    assert lt.posterior_covariance(product_alone, np.eye(2))[0, 0] == pytest.approx(0.5, rel=2e-3)


def test_sloppy_directions_are_whitened_by_the_prior():
    # The data tell ln(a·b); the prior lets b vary ten times as much, so b takes nearly all of the move.
    information = 400 * np.ones((2, 2))
    prior = np.diag([0.01, 1.0])
    table = lt.sloppy_directions(["a", "b"], information, prior)
    # Lᵀ I L = 400 (0.1, 1)ᵀ(0.1, 1): eigenvalues 0 and 404.
    np.testing.assert_allclose(table["eigenvalue"], [0.0, 404.0], atol=1e-10)
    np.testing.assert_allclose(table["gain"], [0.0, 404 / 405], atol=1e-12)
    assert table["direction"].tolist() == ["a up", "b up"]
    assert table["decided_by"].tolist() == ["prior", "data"]
    flat = table.loc[0, ["a", "b"]].to_numpy(float)
    assert flat.sum() == pytest.approx(0.0, abs=1e-12)  # a·b stays
    assert flat @ np.linalg.inv(prior) @ flat == pytest.approx(1.0, rel=1e-12)


def test_a_correlated_prior_whitens_along_its_own_axes():
    root = RNG.normal(size=(3, 3))
    prior = root @ root.T + 0.1 * np.eye(3)
    information = np.diag([4.0, 0.0, 100.0])
    table = lt.sloppy_directions(["a", "b", "c"], information, prior)
    # Eigenvalues of Lᵀ I L are those of Ω I; a direction v = L u has unit length in the prior.
    expected = np.sort(np.linalg.eigvals(prior @ information).real)
    np.testing.assert_allclose(table["eigenvalue"], expected, rtol=1e-10, atol=1e-12)
    moves = table[["a", "b", "c"]].to_numpy()
    np.testing.assert_allclose(moves @ np.linalg.inv(prior) @ moves.T, np.eye(3), atol=1e-10)
    np.testing.assert_allclose(moves @ information @ moves.T, np.diag(expected), atol=1e-9)


BETA = np.array([0.15, 8.0, 1.0])  # CL, V, KA
OMEGA = np.array([0.07, 0.02, 0.6])
TIMES = np.array([0.5, 1, 2, 6, 24, 36, 72, 120])


def warfarin(beta):
    clearance, volume, absorption = beta
    k = clearance / volume
    factor = 70 * absorption / (volume * (absorption - k))
    return factor * (np.exp(-k * TIMES) - np.exp(-absorption * TIMES))


def slopes(beta):
    """∂f/∂β by complex steps, exact to rounding, shape (n, 3)."""
    step = 1e-30
    return np.stack([warfarin(beta + 1j * step * unit).imag / step for unit in np.eye(3)], axis=1)


def design(full, proportional, additive):
    f, j = warfarin(BETA), slopes(BETA)
    scales = [f**2] if additive == 0 else [f**2, np.ones_like(f)]
    more = {}
    if full:
        h = 1e-5 * BETA  # central differences: 1e-10 relative
        second = np.stack(
            [(slopes(BETA + d) - slopes(BETA - d)) / (2 * d.max()) for d in np.diag(h)], axis=2
        )  # (n, q, p)
        by_fixed = second * BETA[None, :, None] + j[:, :, None] * np.eye(3)
        more = {
            "effects_by_fixed": by_fixed,
            "residual_by_fixed": 2 * proportional * f[:, None] * j,
        }
    return lt.population_information(
        j,
        j * BETA,  # log-normal effects
        OMEGA,
        proportional * f**2 + additive,
        np.stack(scales, axis=1),
        subjects=32,
        **more,
    )


@pytest.mark.parametrize(
    ("arguments", "values", "ln_determinant", "errors", "relative"),
    [
        # The reduced matrix: output of PopED, all digits printed.
        (
            (False, 0.01, 0.25),
            (0.01, 0.25),
            55.39645,
            [5.096246, 3.031164, 14.260384, 29.761226, 36.681388, 26.748640, 32.011719, 25.637971],
            2e-7,  # half the last digit of the second
        ),
        # The full matrix and the reduced one without additive error: an independent computation, the
        # former with differences of its own.
        (
            (True, 0.01, 0.25),
            (0.01, 0.25),
            57.08277,
            [4.836, 2.958, 6.589, 30.198, 37.105, 27.618, 32.866, 26.033],
            1e-4,
        ),
        (
            (False, 0.01, 0.0),
            (0.01,),
            52.44799,
            [4.738, 2.756, 13.926, 25.627, 30.344, 25.777, 11.171],
            1e-4,
        ),
    ],
    ids=["reduced", "full", "proportional"],
)
def test_the_design_of_warfarin_has_its_published_precision(
    arguments, values, ln_determinant, errors, relative
):
    information = design(*arguments)
    # A relative error of the determinant is an absolute one of its logarithm.
    assert np.linalg.slogdet(information)[1] == pytest.approx(
        ln_determinant, abs=max(relative, 5e-6)
    )
    found = 100 * lt.relative_standard_errors(information, [*BETA, *OMEGA, *values])
    np.testing.assert_allclose(found, errors, rtol=relative)
    if relative == 2e-7:
        assert np.exp(np.linalg.slogdet(information)[1] / 8) == pytest.approx(1016.943, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lt.fisher_information([1.0], [1.0]), "sensitivity must have shape"),
        (lambda: lt.fisher_information([[1.0]], [0.0]), "variance must be 1 positive numbers"),
        (lambda: lt.fisher_information([[np.nan]], [1.0]), "sensitivity must be finite"),
        (
            lambda: lt.fisher_information([[1.0]], [1.0], [[1.0, 2.0]]),
            "variance_sensitivity must have shape",
        ),
        (lambda: lt.posterior_covariance([[1.0, 2.0]]), r"information must have shape \(1, 1\)"),
        (lambda: lt.derived_variance([1.0, 1.0], [[1.0]]), "gradient must end in 1 parameters"),
        (lambda: lt.information_gain([[1.0]], np.eye(2)), "prior_covariance must have shape"),
        (
            lambda: lt.sloppy_directions(["a"], [[1.0]], [[-1.0]]),
            "prior_covariance must be positive definite",
        ),
        (
            lambda: lt.population_information([1.0], [[1.0]], [1.0], [1.0], [[1.0]]),
            "must have two dimensions",
        ),
        (
            lambda: lt.population_information([[1.0]], [[1.0]], [1.0, 2.0], [1.0], [[1.0]]),
            r"effect_variances must have shape \(1,\), found \(2,\)",
        ),
        (
            lambda: lt.population_information([[1.0]], [[1.0]], [1.0], [1.0], [[1.0]], subjects=0),
            "subjects must be at least 1",
        ),
        (
            lambda: lt.population_information(
                [[1.0]], [[1.0]], [1.0], [1.0], [[1.0]], residual_by_fixed=[[1.0]]
            ),
            "belong together",
        ),
        (
            lambda: lt.population_information(
                [[1.0]],
                [[1.0]],
                [1.0],
                [1.0],
                [[1.0]],
                residual_by_fixed=[[1.0]],
                effects_by_fixed=[[1.0]],
            ),
            "must have shapes",
        ),
    ],
)
def test_wrong_shapes_and_numbers_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

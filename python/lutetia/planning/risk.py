"""Chance constraints: quantiles of scenarios, their uncertainty, and the conditional value at risk."""

from __future__ import annotations

from math import floor

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

CHANCES = ("scenarios", "lognormal", "cvar")


def scenario_rank(draws: int, risk: float) -> int:
    """Rank of the scenario that decides, from 1, the draws sorted by what each allows.

    ``k = ⌊risk·(draws + 1)⌋``: the k-th smallest of N independent values is exceeded from below by a new
    one with probability k/(N + 1) on average, whatever the distribution, hence with `risk` at most.

    Parameters
    ----------
    draws
        N.
    risk
        Probability of exceeding a limit, between 0 and 1.

    Raises
    ------
    ValueError
        If N is too small for any rank: fewer than 1/risk − 1.

    Examples
    --------
    >>> scenario_rank(200, 0.05)
    10
    """
    rank = floor(risk * (draws + 1) + 1e-9)  # 0.05·(199 + 1) is not quite 10 in binary
    if rank < 1:
        raise ValueError(
            f"a risk of {risk:g} needs at least {int(np.ceil(1.0 / risk - 1.0 - 1e-9))} draws, found {draws}"
        )
    return rank


def deciding(values: Array, risk: float) -> float:
    """Value of the draw whose rank from the largest is that of `scenario_rank`, at least the largest; NaN counts as infinity.

    Examples
    --------
    >>> deciding(np.arange(1.0, 200.0), 0.05)  # 199 draws: the tenth from above
    190.0
    """
    rank = max(1, floor(risk * (len(values) + 1) + 1e-9))
    known = np.nan_to_num(values, nan=np.inf)
    return float(np.partition(known, len(known) - rank)[len(known) - rank])


def fresh_risk(draws: int, risk: float) -> tuple[float, float, float]:
    """Risk of what the scenarios chose in draws it was not made from: mean, 5 % and 95 % quantile.

    The share of a population beyond the k-th smallest of N independent values has the distribution
    Beta(k, N + 1 − k), whatever that of the values.

    Parameters
    ----------
    draws, risk
        As in `scenario_rank`.

    Examples
    --------
    >>> [round(share, 3) for share in fresh_risk(200, 0.05)]
    [0.05, 0.027, 0.077]
    """
    from scipy.stats import beta

    k = scenario_rank(draws, risk)
    low, high = beta.ppf([0.05, 0.95], k, draws + 1 - k)
    return k / (draws + 1), float(low), float(high)


def scenario_scale(scales: Array, risk: float) -> float:
    """Largest scale allowed by all but the worst scenarios: the ranked one of `scales`, shape (draws,).

    Examples
    --------
    >>> scenario_scale(np.arange(1.0, 200.0), 0.05)  # 199 draws: the tenth
    10.0
    """
    rank = scenario_rank(len(scales), risk)
    return float(np.partition(scales, rank - 1)[rank - 1])


def scale_with_risk(scales: Array, chance: str | None, risk: float) -> float:
    """Largest scale of all draws together: that of the only one, or the quantile of the risk."""
    if chance is None:
        return float(scales[0])
    return scenario_scale(scales, risk) if chance == "scenarios" else lognormal_scale(scales, risk)


def lognormal_scale(scales: Array, risk: float) -> float:
    """Quantile `risk` of a log-normal distribution with mean and spread of the logarithms of `scales`.

    For an absorbed dose this is ``D_lim/(median·GSD^z)``. A scale of 0 (a limit already exceeded, a run that
    failed) has no logarithm: the answer is then 0.

    Examples
    --------
    >>> round(lognormal_scale(np.exp(np.array([-0.5, 0.5])), 0.5), 12)
    1.0
    """
    from scipy.stats import norm

    if len(scales) < 2:
        raise ValueError(f"a log-normal distribution needs at least two draws, found {len(scales)}")
    finite = scales[np.isfinite(scales)]
    if not finite.size:
        return float("inf")
    if (finite <= 0.0).any():
        return 0.0
    logs = np.log(finite)
    return float(np.exp(logs.mean() + norm.ppf(risk) * logs.std(ddof=1)))


def cvar(values: Array, risk: float) -> float:
    """Mean of the worst share `risk` of values, shape (draws,); a value at the edge counts in part.

    Rockafellar & Uryasev 2000, doi:10.21314/JOR.2000.038: min over τ of τ + E[(v − τ)₊]/risk.

    Examples
    --------
    >>> cvar(np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
    3.5
    """
    value, _ = cvar_weights(values, risk)
    return value


def cvar_weights(values: Array, risk: float) -> tuple[float, Array]:
    """Conditional value at risk and its gradient by the values (weights that sum up to one).

    Returns
    -------
    tuple
        The value, and the weights, shape (draws,).
    """
    n = len(values)
    weights = np.zeros(n)
    order = np.argsort(-values, kind="stable")
    share = risk * n
    whole = min(floor(share + 1e-9), n)
    weights[order[:whole]] = 1.0 / share
    if whole < n and share - whole > 1e-9:
        weights[order[whole]] = (share - whole) / share
    if np.isposinf(values).any():
        return float("inf"), weights
    return float(weights @ values), weights


def wilson_interval(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a probability of which `count` of `n` trials were seen (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(10, 200)]
    [0.0274, 0.0896]
    """
    from scipy.stats import binomtest

    if not 0 <= count <= n or n < 1:
        raise ValueError(f"count must be from 0 to n, found {count} of {n}")
    interval = binomtest(count, n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)

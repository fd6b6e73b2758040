"""Posterior draws by a maintained sampler: nutpie in, ArviZ out."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lutetia import __version__
from lutetia.fitting.refit import whitened_factor

if TYPE_CHECKING:
    from arviz import InferenceData

    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

LARGEST_R_HAT = 1.01
SMALLEST_ESS = 400.0  # bulk and tail


def sample(
    fit: Fit,
    draws: int = 1000,
    *,
    tune: int = 500,
    chains: int = 4,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> InferenceData:
    """Draw from the posterior with the No-U-Turn sampler of nutpie.

    The sampler works in coordinates in which Laplace's approximation is a standard normal distribution,
    so it has little to adapt to when that is good.

    Parameters
    ----------
    fit
        A fitted patient.
    draws, tune
        Of each chain: kept, and spent on adaptation before.
    chains
        How many.
    seed
        Of the draws.
    threads
        Chains that run at the same time; all cores when absent.
    progress
        Show a bar.

    Returns
    -------
    arviz.InferenceData
        ``posterior`` with every coordinate of the fit by its name, as value in its unit (attribute
        ``units``), and ``phi`` (coordinate); ``sample_stats`` of the sampler. Attributes
        ``largest_r_hat``, ``smallest_ess`` and ``divergences`` of ``posterior``.

    Warns
    -----
    RuntimeWarning
        If chains have not mixed (R̂ above 1.01, effective draws below 400) or diverged: says which.

    Raises
    ------
    ImportError
        If nutpie or ArviZ is not installed.

    References
    ----------
    Hoffman and Gelman 2014 (NUTS); Vehtari et al. 2021, doi:10.1214/20-BA1221 (R̂ and effective draws).
    """
    if draws < 4 or tune < 1 or chains < 1:
        raise ValueError(
            f"draws must be at least 4, tune and chains 1; found {draws}, {tune}, {chains}"
        )
    arviz, nutpie = _libraries()
    factor = whitened_factor(fit)
    trace = nutpie.sample(
        _compiled(fit, factor),
        draws=draws,
        tune=tune,
        chains=chains,
        cores=min(chains, threads or os.cpu_count() or 1),
        seed=seed,
        progress_bar=progress,
        save_warmup=False,
    )
    labeled: InferenceData = _checked(arviz, _labeled(fit, trace))
    return labeled


def _libraries() -> tuple[Any, Any]:
    """ArviZ and nutpie, or how to get them."""
    try:
        with warnings.catch_warnings():
            # ArviZ announces its own redesign at import.
            warnings.filterwarnings("ignore", category=FutureWarning, module="arviz")
            warnings.filterwarnings("ignore", category=FutureWarning, message=".*ArviZ.*")
            import arviz
        import nutpie
        import nutpie.compiled_pyfunc
    except ImportError as error:
        raise ImportError(
            f"drawing from the posterior needs nutpie and ArviZ ({error}): "
            'pip install "lutetia[sampling]"'
        ) from error
    return arviz, nutpie


def _compiled(fit: Fit, factor: Array) -> Any:
    """Pass the posterior as nutpie takes it, a function of u with z = z* + A u."""
    from nutpie.compiled_pyfunc import from_pyfunc

    q = len(factor)

    def log_density() -> Any:
        def at(u: Array) -> tuple[float, Array]:
            value, gradient = fit._objective.logp_and_gradient(fit.z + factor @ u)
            return value, factor.T @ gradient

        return at

    def expand(seed1: int, seed2: int, chain: int) -> Any:
        prior = fit._objective.prior

        def at(u: Array) -> dict[str, Array]:
            return {"phi": np.asarray(prior.coordinates(fit.z + factor @ u))}

        return at

    return from_pyfunc(
        q,
        log_density,
        expand,
        [np.dtype(np.float64)],
        [(q,)],
        ["phi"],
        coords={"coordinate": fit.prior.names},
        dims={"phi": ("coordinate",)},
        make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=q),
    )


def _labeled(fit: Fit, trace: Any) -> Any:
    """Parameters by name, in their units."""
    posterior = trace.posterior
    phi = posterior["phi"]
    for c in fit.prior.coordinates:
        own = phi.sel(coordinate=c.name, drop=True)
        values = 1.0 / (1.0 + np.exp(-own)) if c.logit else np.exp(own)
        posterior[c.name] = values.assign_attrs(units=c.unit)
    posterior.attrs.update(
        inference_library=posterior.attrs.get("inference_library", "nutpie"),
        created_by=f"lutetia {__version__}",
    )
    return trace


def _checked(arviz: Any, trace: Any) -> Any:
    """Say when chains have not mixed or diverged."""
    phi = trace.posterior["phi"]
    one = phi.sizes["chain"] < 2
    r_hat = np.nan if one else float(arviz.rhat(phi)["phi"].max())
    ess = float(min(arviz.ess(phi, method=m)["phi"].min() for m in ("bulk", "tail")))
    divergences = int(trace.sample_stats["diverging"].sum())
    trace.posterior.attrs.update(largest_r_hat=r_hat, smallest_ess=ess, divergences=divergences)
    found = [
        f"R-hat up to {r_hat:.3f} (1.01 at most)" if r_hat > LARGEST_R_HAT else "",
        "one chain tells nothing of mixing" if one else "",
        f"effective draws down to {ess:.0f} (400 at least)" if ess < SMALLEST_ESS else "",
        f"{divergences} divergences (none)" if divergences else "",
    ]
    if any(found):
        warnings.warn(
            f"draws are not to be trusted yet: {'; '.join(f for f in found if f)}. More draws or tuning help "
            "against the first, sharper priors or fewer coordinates against divergences",
            RuntimeWarning,
            stacklevel=4,
        )
    return trace

"""Decay chains without a body: what their members are, and their activities in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.units import to_internal_array


def decay_chain(
    nuclide: str, *, prompt: Any = "1 s", library: _core.Library | None = None
) -> pd.DataFrame:
    """Members of the decay chain that begins with a nuclide.

    Members of a half-life up to `prompt` decay where and when they are born; their energies count to
    the member they come from, their daughters are its daughters. A daughter that outlives the
    first nuclide a thousand times ends the chain and is left out.

    Parameters
    ----------
    nuclide
        Name of a nuclide of the library, such as ``"Ac-225"``.
    prompt
        Half-life, a number in h or a quantity; runs take one second.
    library
        Where nuclides are looked up; the shipped one when absent.

    Returns
    -------
    pandas.DataFrame
        One row per member, the nuclide first, every member after its parents: ``half_life_h``,
        ``decays_per_decay`` of the first, mean energies per decay ``alpha_MeV`` (with recoil),
        ``electron_MeV`` and ``photon_MeV``, and ``daughters`` with their branches.

    Raises
    ------
    ModelError
        If the file of a member is wrong.
    DataError
        If a member has no file.

    References
    ----------
    ICRP Publication 107, 2008 (half-lives, branches and energies).

    Examples
    --------
    >>> chain = decay_chain("Ac-225")
    >>> list(chain.index)
    ['Ac-225', 'Fr-221', 'Bi-213', 'Tl-209', 'Pb-209']
    >>> round(float((chain["decays_per_decay"] * chain["alpha_MeV"]).sum()), 4)
    27.9964
    """
    rows = _core.chain_members(library or shipped(), nuclide, _hours(prompt))
    table = pd.DataFrame(rows).set_index("nuclide")
    return table.rename(columns={"decays": "decays_per_decay"})


def chain_activities(
    nuclide: str,
    activity: Any,
    times: Any,
    *,
    prompt: Any = "1 s",
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """Activities of a decay chain after its first nuclide was pure.

    Solves dN_i/dt = −λ_i N_i + Σ_j b_{j→i} λ_j N_j (Bateman 1910) in closed form, also where
    half-lives are equal or many orders of magnitude apart.

    Parameters
    ----------
    nuclide
        The first nuclide.
    activity
        Its activity at time zero, a number in MBq or a quantity such as ``"10 MBq"``.
    times
        Shape (n,), not negative, numbers in h or quantities.
    prompt
        As in `decay_chain`: such members are in equilibrium with their parent from the start.
    library
        Where nuclides are looked up; the shipped one when absent.

    Returns
    -------
    pandas.DataFrame
        Activities [MBq], shape (n, members), indexed by ``time_h``.

    Raises
    ------
    DataError
        If a time or the activity is negative.

    Examples
    --------
    >>> table = chain_activities("Pb-212", "100 MBq", ["0 h", "3.788763 h"])
    >>> round(float(table["Bi-212"].iloc[1]), 2)  # where Bi-212 is most
    78.13
    """
    hours = np.atleast_1d(to_internal_array(times, "h", "times"))
    given = float(to_internal_array(activity, "MBq", "activity"))
    if not (np.isfinite(hours).all() and (hours >= 0).all()):
        raise DataError(f"times of a decay chain must not be negative, found {hours.min():g} h")
    if not (np.isfinite(given) and given >= 0):
        raise DataError(f"the activity must not be negative, found {given:g} MBq")
    source = library or shipped()
    values = _core.chain_activities(source, nuclide, given, hours.tolist(), _hours(prompt))
    names = [row["nuclide"] for row in _core.chain_members(source, nuclide, _hours(prompt))]
    return pd.DataFrame(values, index=pd.Index(hours, name="time_h"), columns=names)


def _hours(half_life: Any) -> float:
    return float(to_internal_array(half_life, "h", "prompt"))

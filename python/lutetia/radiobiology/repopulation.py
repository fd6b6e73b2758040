"""What cells that divide during treatment take from a biologically effective dose."""

from __future__ import annotations

import math

from lutetia import _core
from lutetia.units import Quantity, to_internal


def repopulation_loss(
    time: Quantity,
    *,
    alpha: Quantity,
    doubling_time: Quantity,
    kick_off: Quantity = "0 h",
) -> float:
    """Biologically effective dose lost to clonogenic cells that divide, ln 2·(T − T_k)₊/(α·T_av).

    Parameters
    ----------
    time
        T, overall time of treatment, e.g. ``"24 week"``.
    alpha
        Radiosensitivity, e.g. ``"0.1 1/Gy"``.
    doubling_time
        T_av, of the average clonogenic cell.
    kick_off
        T_k, before which nothing is lost.

    Returns
    -------
    float
        [Gy]

    Raises
    ------
    ValueError
        If `alpha` or `doubling_time` is not positive, or a time negative.
    UnitError
        If a quantity has another dimension.

    References
    ----------
    Dale 1996, Phys Med Biol 41:1871.

    Examples
    --------
    >>> round(repopulation_loss("1 day", alpha="0.1 1/Gy", doubling_time="60 day"), 4)
    0.1155
    """
    return _core.repopulation_loss(
        _not_negative(time, "h", "time"),
        _not_negative(kick_off, "h", "kick_off"),
        _positive(alpha, "1/Gy", "alpha"),
        _positive(doubling_time, "h", "doubling_time"),
    )


def critical_time(
    dose_rate: Quantity,
    *,
    half_life: Quantity,
    alpha: Quantity,
    doubling_time: Quantity,
) -> float:
    """Time after which an exponentially falling dose rate kills no faster than cells divide, β ignored.

    T_crit = ln(Ḋ₀·α·T_av/ln 2)/λ; what a lesion gets later is wasted.

    Parameters
    ----------
    dose_rate
        Ḋ₀ at the beginning, e.g. ``"0.3 Gy/h"``.
    half_life
        Effective half-life of the dose rate, ln 2/λ.
    alpha
        Radiosensitivity, e.g. ``"0.1 1/Gy"``.
    doubling_time
        T_av, of the average clonogenic cell.

    Returns
    -------
    float
        [h]; 0 when the dose rate never outruns the cells.

    Raises
    ------
    ValueError
        If `half_life`, `alpha` or `doubling_time` is not positive, or the dose rate negative.
    UnitError
        If a quantity has another dimension.

    References
    ----------
    Dale 1996, Phys Med Biol 41:1871.

    Examples
    --------
    >>> hours = critical_time("0.3 Gy/h", half_life="80 h", alpha="0.1 1/Gy", doubling_time="60 day")
    >>> round(hours, 1)
    476.9
    """
    return _core.critical_time(
        _not_negative(dose_rate, "Gy/h", "dose_rate"),
        math.log(2) / _positive(half_life, "h", "half_life"),
        _positive(alpha, "1/Gy", "alpha"),
        _positive(doubling_time, "h", "doubling_time"),
    )


def _positive(value: Quantity, unit: str, name: str) -> float:
    number = to_internal(value, unit, name)
    if not number > 0.0:
        raise ValueError(f"{name} must be positive, found {value}")
    return number


def _not_negative(value: Quantity, unit: str, name: str) -> float:
    number = to_internal(value, unit, name)
    if not number >= 0.0:
        raise ValueError(f"{name} must not be negative, found {value}")
    return number

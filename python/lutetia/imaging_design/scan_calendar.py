"""When a scan can be made, and which schedules of scans follow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia.errors import DataError
from lutetia.units import HOURS_PER_DAY, Quantity, to_internal_array

Array = npt.NDArray[np.float64]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_SCHEDULES = 200_000


def feasible_times(
    candidates: Any,
    *,
    weekday: str,
    clock: Quantity = "10 h",
    hours: tuple[float, float] = (8.0, 17.0),
    working_days: Sequence[str] = WEEKDAYS[:5],
    window: Quantity = 0.0,
) -> Array:
    """Candidate times that fall into working hours.

    Parameters
    ----------
    candidates
        After administration, shape (m,), numbers in h or quantities.
    weekday
        Of the administration.
    clock
        Time of day of the administration, after midnight.
    hours
        Working hours of a day [h after midnight].
    working_days
        Days with scans.
    window
        How far a scan may be moved to meet working hours, e.g. ``"3 h"``.

    Returns
    -------
    numpy.ndarray
        Those of the candidates that are feasible [h].

    Raises
    ------
    ValueError
        If a day is none of the week, or the hours do not ascend within a day.

    Examples
    --------
    >>> feasible_times([1, 4, 24, 48, 72, 96], weekday="wednesday", clock="10 h").tolist()
    [1.0, 4.0, 24.0, 48.0]
    """
    times = np.atleast_1d(to_internal_array(candidates, "h", "candidates"))
    days = [day.lower() for day in (weekday, *working_days)]
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown:
        raise ValueError(f"days must be among {', '.join(WEEKDAYS)}, found {', '.join(unknown)}")
    if not 0 <= hours[0] < hours[1] <= HOURS_PER_DAY:
        raise ValueError(f"hours must ascend from 0 to 24, found {hours}")
    start = float(to_internal_array(clock, "h", "clock"))
    reach = float(to_internal_array(window, "h", "window"))
    if not 0 <= start < HOURS_PER_DAY or reach < 0:
        raise ValueError(
            f"clock must lie within a day and window not be negative, found {clock} and {window}"
        )
    first = WEEKDAYS.index(days[0])
    at = times + start
    feasible = np.zeros(times.shape, dtype=bool)
    for day in range(int(np.floor((at.max() + reach) / HOURS_PER_DAY)) + 1 if at.size else 0):
        opens = day * HOURS_PER_DAY + hours[0]
        closes = day * HOURS_PER_DAY + hours[1]
        if WEEKDAYS[(first + day) % len(WEEKDAYS)] in days[1:]:
            feasible |= (at + reach >= opens) & (at - reach <= closes)
    return times[feasible]


def feasible_schedules(
    times: Array, scans: int | Sequence[int], spacing: Quantity, allowed: Any
) -> list[tuple[int, ...]]:
    """List the indices of the candidates of every feasible schedule."""
    numbers = [scans] if isinstance(scans, int) else list(scans)
    apart = float(to_internal_array(spacing, "h", "spacing"))
    if not numbers or min(numbers) < 1 or apart < 0:
        raise ValueError(
            f"scans must be at least 1 and spacing not negative, found {scans} and {spacing}"
        )
    possible = np.arange(times.size)
    if allowed is not None:
        feasible = np.atleast_1d(to_internal_array(allowed, "h", "allowed"))
        possible = possible[np.isin(times, feasible)]
    count = sum(comb(possible.size, k) for k in numbers)
    if count > MOST_SCHEDULES:
        raise DataError(
            f"{count} schedules are more than {MOST_SCHEDULES}; give fewer candidates or scans"
        )
    out = [
        schedule
        for k in numbers
        for schedule in combinations(possible.tolist(), k)
        if not (np.diff(times[list(schedule)]) < apart).any()
    ]
    if not out:
        raise DataError(
            f"no schedule of {scans} scans at least {apart:g} h apart among the {possible.size} feasible of "
            f"{times.size} candidates"
        )
    return out

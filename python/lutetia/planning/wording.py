"""Activities and intervals of schedules in words, in the unit a reader expects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lutetia.units import HOURS_PER_DAY, MBQ_PER_GBQ

DAYS_PER_WEEK = 7.0
SMALL = 100.0  # [MBq] below which activities, those of alpha emitters, are not shown in GBq
NOTHING = 1e-6  # of the largest activity: shown as 0


def shown_in(largest: float) -> tuple[str, float]:
    """Choose the unit for activities up to `largest` [MBq], and how many MBq it is.

    Examples
    --------
    >>> shown_in(7400.0), shown_in(8.0)
    (('GBq', 1000.0), ('MBq', 1.0))
    """
    return ("MBq", 1.0) if largest < SMALL else ("GBq", MBQ_PER_GBQ)


def activity_text(activity: float) -> str:
    """Write one activity [MBq].

    Examples
    --------
    >>> activity_text(7400.0), activity_text(1.7)
    ('7.4 GBq', '1.7 MBq')
    """
    unit, size = shown_in(activity)
    return f"{activity / size:.4g} {unit}"


def activities_text(activities: npt.NDArray[np.float64]) -> str:
    """Write the activities of the cycles of a course [MBq].

    Examples
    --------
    >>> activities_text(np.array([7400.0, 3700.0])), activities_text(np.array([8.0, 8.0]))
    ('7.4 + 3.7 GBq', '8 MBq each')
    """
    if np.ptp(activities) == 0.0:
        return f"{activity_text(float(activities[0]))} each"
    unit, size = shown_in(float(activities.max()))
    shown = np.where(activities < NOTHING * activities.max(), 0.0, activities / size)
    return f"{' + '.join(f'{value:.4g}' for value in shown)} {unit}"


def interval_text(hours: float) -> str:
    """Write the time between cycles.

    Examples
    --------
    >>> interval_text(1344.0), interval_text(48.0)
    ('8 weeks', '2 days')
    """
    days = hours / HOURS_PER_DAY
    return f"{days / DAYS_PER_WEEK:.4g} weeks" if days >= DAYS_PER_WEEK else f"{days:.4g} days"

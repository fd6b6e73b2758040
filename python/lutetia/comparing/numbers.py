"""Every number a comparison rests on: of runs, doses, limits and policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from lutetia import _core
from lutetia.planning.limits import Limit, dose_limits
from lutetia.planning.policies import Policy
from lutetia.reports.provenance import merged, numbers_of_doses, table_of

if TYPE_CHECKING:
    from lutetia.comparing.comparison import Comparison


def numbers_of_comparison(comparison: Comparison) -> pd.DataFrame:
    """Numbers of all regimens, each once; columns as `lutetia.reports.provenance.merged` has them."""
    setting = comparison._setting
    limits = numbers_of_limits(comparison._limits)
    tables = {}
    for name, asked in comparison.regimens.items():
        parts = [
            numbers_of_doses(run, comparison.convention, setting.tissues, setting.library)
            for (_, of), run in comparison.runs.items()
            if of == name
        ]
        if isinstance(asked, Policy):
            parts.append(numbers_of_policy(asked, setting.library))
        tables[name] = pd.concat([*parts, limits], ignore_index=True)
    return merged(tables)


def numbers_of_limits(limits: Sequence[Limit]) -> pd.DataFrame:
    """Limits as numbers with their ``tag`` and ``source`` (keys separated by commas), as far as they have any."""
    rows = []
    for limit in limits:
        keys = limit.source.split(", ")
        rows.append(
            {
                "name": f"limit {limit.label}",
                "value": limit.gray,
                "unit": "Gy",
                "tag": limit.tag,
                "source": [key for key in keys if key],
                "note": "",
            }
        )
    return table_of(rows)


def numbers_of_policy(policy: Policy, library: _core.Library) -> pd.DataFrame:
    """Numbers of a policy and of the limits it holds; those a user changed in Python have no tag."""
    limits = (policy.settings or {}).get("limits", ())
    held = dose_limits(limits, library=library) if isinstance(limits, str) else list(limits)
    found = [numbers_of_limits(held)]
    if policy.name in library.names("policy"):
        own = table_of(_core.numbers(library, "policy", policy.name))
        found.append(own[own["name"].str.startswith("plan.")])  # runs list what is given
    whole = pd.concat(found, ignore_index=True)
    return whole.assign(name=[f"policy {policy.name}: {name}" for name in whole["name"]])

"""Plans: schedules that hold limits and give lesions most."""

from lutetia.planning.closed_form import (
    allowed_equal_cycles,
    largest_equal_activity,
    lognormal_activity,
)
from lutetia.planning.cohort import plan_cohort
from lutetia.planning.counts import CountLimit
from lutetia.planning.delivered import Delivered, StopRules
from lutetia.planning.kill import CellKill
from lutetia.planning.limits import DoseTarget, Limit, dose_limits
from lutetia.planning.planner import plan
from lutetia.planning.policies import Policy, policy
from lutetia.planning.result import Plan

__all__ = [
    "CellKill",
    "CountLimit",
    "Delivered",
    "DoseTarget",
    "Limit",
    "Plan",
    "Policy",
    "StopRules",
    "allowed_equal_cycles",
    "dose_limits",
    "largest_equal_activity",
    "lognormal_activity",
    "plan",
    "plan_cohort",
    "policy",
]

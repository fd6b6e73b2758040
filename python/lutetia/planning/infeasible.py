"""What stands in the way where no schedule holds the limits and reaches what was asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lutetia.errors import PlanError
from lutetia.planning.candidates import NO_NUMBER, Candidate
from lutetia.planning.objectives import lesion_doses
from lutetia.planning.questions import Question
from lutetia.planning.wording import activities_text, activity_text


def used_up(candidate: Candidate) -> list[str]:
    """Limits that leave nothing to a candidate, in words with numbers."""
    out = []
    base = candidate.base
    for guard in candidate.problem.all_guards:
        left = candidate.scales.get(guard.limit.label, np.inf)
        if base.any():  # the first cycle is fixed: what of it would be allowed
            left = guard.scale(base, np.zeros_like(base)) - 1.0
        if left > 0.0:
            continue
        values, over = guard.values(candidate.activities), int(guard.used_up(base).sum())
        n, failed = len(values), int(np.isnan(values).sum())
        if failed and failed >= over:
            out.append(
                f"{failed} of {n} draws have no result, more than the risk of {guard.risk:g} accepts"
            )
            continue
        where = "" if n == 1 else f" (median; in {over} of {n} draws nothing is left)"
        out.append(f"{guard.told(base)}{where}")
    return list(dict.fromkeys(out))


def stop_of(question: Question, candidates: Sequence[Candidate]) -> list[str]:
    """Why a course that has begun ends here; empty when it has not begun or something else is wrong."""
    if question.given is None or not candidates:
        return []
    reasons = used_up(candidates[0])
    if reasons:
        return reasons
    if all(c.activities.max() <= 0.0 for c in candidates):
        return ["the lesions have the dose they were to get"]
    if all(_too_little(question, c) for c in candidates):
        return [_useless(question, max(candidates, key=lambda c: c.smallest))]
    return []


def explained(question: Question, candidates: Sequence[Candidate]) -> PlanError:
    """Make the error of a question without an answer: the limit that binds, what was asked, what is possible."""
    first = candidates[0]
    exceeded = used_up(first)
    if exceeded:
        guard = min(first.problem.all_guards, key=lambda g: first.scales[g.limit.label])
        return _error(
            f"no {'further ' if first.base.any() else ''}cycle can be given: {'; '.join(exceeded)}",
            guard.limit.label,
            guard.asked_and_worst(first.base)[0],
            float(np.nanmedian(guard.given(first.base))),
        )
    if all(_too_little(question, c) for c in candidates):
        best = max(candidates, key=lambda c: c.smallest)
        return _error(
            f"no cycle can be given: {_useless(question, best)}",
            best.binding,
            question.smallest,
            best.smallest,
        )
    if all(c.reason == NO_NUMBER for c in candidates):
        return _error(f"no schedule can be judged: {NO_NUMBER}", first.binding, np.nan, np.nan)
    short = [c for c in candidates if c.problem.target is not None and c.reason and not _over(c)]
    short = [c for c in short if not _too_little(question, c)]
    if short:
        return _out_of_reach(question, short, len(candidates))
    return _too_much(candidates)


def _out_of_reach(question: Question, short: Sequence[Candidate], tried: int) -> PlanError:
    best = max(short, key=lambda c: c.problem.target_value(c.activities))
    value = best.problem.target_value(best.activities)
    assert question.target is not None
    least = question.target.gray[0]
    others = f", and none of {tried} schedules does better" if tried > 1 else ""
    where = ""
    if question.target.of in ("minimum", "every"):
        doses = lesion_doses(best.problem.answer, best.activities)[0]
        where = f" in {question.lesions[int(doses.argmin())]}"
    return _error(
        f"the {question.target} cannot be reached: at most {value:.4g} Gy{where}, with "
        f"{described(best)}; {_binds(best)}{others}",
        best.binding,
        least,
        value,
    )


def _too_much(candidates: Sequence[Candidate]) -> PlanError:
    """Prescribed activities that exceed a limit in every schedule."""
    best = max(candidates, key=lambda c: min(c.scales.values()))
    share = best.scales[best.binding]
    values = {g.limit.label: g.asked_and_worst(best.activities) for g in best.problem.all_guards}
    asked, found = values.get(best.binding, (share * best.activities[0], best.activities[0]))
    return _error(
        f"the prescribed activity exceeds a limit in all {len(candidates)} schedules: {described(best)} "
        f"may have {share:.3g} of it; {_binds(best)}",
        best.binding,
        float(asked),
        float(found),
    )


def _useless(question: Question, best: Candidate) -> str:
    why = ""
    if question.share is not None:
        why = (
            f" ({question.share['value']:.0%} of that of the template, an assumption; smallest_activity=… says "
            "otherwise, 0 for none)"
        )
    return (
        f"at most {activity_text(best.smallest)} per cycle in {best.structure}, less than the smallest "
        f"useful activity of {activity_text(question.smallest)}{why}; {_binds(best)}"
    )


def _too_little(question: Question, candidate: Candidate) -> bool:
    return candidate.smallest < question.smallest or candidate.activities.max() <= 0.0


def _over(candidate: Candidate) -> bool:
    return candidate.reason.startswith("exceeds")


def _binds(candidate: Candidate) -> str:
    for guard in candidate.problem.all_guards:
        if guard.limit.label == candidate.binding:
            return f"the {guard.limit} binds"
    return f"the {candidate.binding} binds"


def described(candidate: Candidate) -> str:
    """Write a candidate in words: ``4 cycles every 8 weeks with 100 nmol of 7.4 GBq``."""
    return f"{candidate.structure} and {activities_text(candidate.activities)}"


def _error(message: str, binding: str, asked: float, found: float) -> PlanError:
    error = PlanError(message)
    error.binding, error.asked, error.found = binding, asked, found
    return error

"""Numbers a plan rests on besides those of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.planning.counts import CountLimit
from lutetia.planning.limits import Limit
from lutetia.planning.questions import Question
from lutetia.reports.provenance import table_of


def _limit(limit: Limit | CountLimit) -> dict[str, Any]:
    value, unit = (limit.gray, "Gy") if isinstance(limit, Limit) else (limit.per_liter, "1/L")
    return {
        "name": f"limit {limit.label}",
        "value": value,
        "unit": unit,
        "tag": limit.tag,
        "source": [key for key in limit.source.split(", ") if key],
        "note": "",
    }


def numbers_of_question(question: Question) -> pd.DataFrame:
    """Limits, cells of the blood, cells of lesions, and the planning assumptions that were used."""
    return table_of(_rows(question))


def _rows(question: Question) -> Iterator[Mapping[str, Any]]:
    yield from (_limit(limit) for limit in question.limits)
    yield from (_limit(count) for count in question.counts)
    for _, line in question.lines if question.counts else ():
        for row in line.rows:
            if row["name"] not in UNUSED:
                yield _named(row, line.name)
    for row in question.kill.rows if question.kill else ():
        yield _named(row, "cells of lesions")
    for row in _core.numbers(question.runs.library, "planning_assumptions", "default"):
        if row["name"].startswith(question.assumed):
            yield {**row, "name": f"plan {row['name']}"}


UNUSED = ("blood_alpha", "grade_1", "grade_2", "grade_3", "grade_4")  # of a cell line under a limit


def _named(row: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {**row, "name": f"{part}: {row['name']}", "source": list(row["source"])}

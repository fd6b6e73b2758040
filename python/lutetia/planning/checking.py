"""A plan in draws it was not made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lutetia.planning.candidates import Candidate
from lutetia.planning.courses import run_courses
from lutetia.planning.draws import draws_of
from lutetia.planning.questions import Question
from lutetia.planning.tables import risk_table

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit


def fresh_risks(
    question: Question,
    chosen: Candidate,
    draws: pd.DataFrame | Fit,
    n: int,
    seed: int,
    threads: int | None,
) -> pd.DataFrame:
    """Run the chosen activities in every draw and count those beyond each limit."""
    runs = question.runs
    drawn = draws_of(draws, runs.patient, n, seed, runs.cycle, [chosen.structure], runs.before)
    fresh = replace(
        runs, people=drawn.people, table=drawn.table, threads=threads or runs.threads, counted=[]
    )
    asked = replace(question, runs=fresh, chance="scenarios", seed=seed)
    (course,) = run_courses(fresh, [chosen.structure], [chosen.activities])
    return risk_table(replace(chosen, problem=asked.problem(course)))

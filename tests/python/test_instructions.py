"""The environment may choose the instruction set, once per process."""

import os
import subprocess
import sys

RUN = """
import lutetia as lt
try:
    run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
except ValueError as error:
    print("ValueError:", error)
else:
    dose = lt.absorbed_dose(run)
    print("done", float(dose.table.loc["kidney", "Gy_per_GBq"]))
"""


def run_with(instructions: str) -> str:
    environment = {**os.environ, "LUTETIA_INSTRUCTIONS": instructions}
    out = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    )
    return out.stdout.strip()


def test_an_unknown_instruction_set_is_refused_by_name():
    message = run_with("sse9")
    assert message.startswith("ValueError: LUTETIA_INSTRUCTIONS must be one of baseline")
    assert message.endswith("on this machine, found 'sse9'")


def test_the_baseline_runs_everywhere_and_gives_the_usual_dose():
    baseline, widest = run_with("baseline").split(), run_with("").split()
    assert baseline[0] == widest[0] == "done"
    # Rounding alone differs: far below the tolerance of a run, 1e-6.
    assert abs(float(baseline[1]) / float(widest[1]) - 1.0) < 1e-10

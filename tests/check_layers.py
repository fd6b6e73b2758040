"""Fail when a module includes one that stands above it, or a test compares with doctest's Approx."""

import re
import sys
from pathlib import Path

# A module may include itself and what is listed; the same order as src/CMakeLists.txt.
BELOW = {"core": set()}
BELOW["units"] = {"core"}
BELOW["linalg"] = {"core"}
BELOW["solver"] = {"core", "linalg"}  # a side pillar: knows nothing of models
BELOW["estimation"] = {"core"}  # another: fits anything that predicts
BELOW["document"] = BELOW["expression"] = {"core", "units"}
BELOW["nuclide"] = {"core", "units", "document"}
BELOW["model"] = {"core", "units", "document", "expression"}
BELOW["system"] = BELOW["model"] | {"model", "nuclide", "linalg"}
BELOW["dosing"] = BELOW["system"] | {"system"}
BELOW["reactions"] = BELOW["dosing"] | {"dosing"}
BELOW["simulate"] = BELOW["dosing"] | {"dosing", "solver"}
BELOW["dosimetry"] = BELOW["simulate"] | {"simulate"}
BELOW["radiobiology"] = BELOW["dosimetry"] | {"dosimetry"}
BELOW["study"] = BELOW["radiobiology"] | {"radiobiology", "estimation"}
BELOW["fit"] = BELOW["study"] | {"study"}
BELOW["batch"] = BELOW["study"] | {"study"}


def main(root: Path) -> int:
    problems = []
    for file in sorted((root / "src" / "lutetia").glob("*/*.[ch]pp")):
        module = file.parent.name
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            used = re.match(r'\s*#include\s+[<"]lutetia/(\w+)/', line)
            if used and used[1] != module and used[1] not in BELOW.get(module, set()):
                problems.append(f"{file}:{number}: {module} must not include {used[1]}")
    for file in sorted((root / "tests").rglob("*.[ch]pp")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\bApprox\b", line):
                problems.append(
                    f"{file}:{number}: use CHECK_NEAR, a bare Approx adds 1 to its scale"
                )
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

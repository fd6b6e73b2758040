"""How long does `import lutetia` take?"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

REPEATS = 7
TIMED = """
import time
start = time.perf_counter()
import lutetia
print(time.perf_counter() - start)
"""


def import_seconds() -> float:
    """Median over processes of their own, by the clock [s]."""
    return median(
        float(
            subprocess.run([sys.executable, "-c", TIMED], stdout=subprocess.PIPE, check=True).stdout
        )
        for _ in range(REPEATS)
    )

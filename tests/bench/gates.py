"""What is asked of the package, as in the compiled benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Gate:
    """One number and its bound; times depend on the machine and are reported, not judged."""

    what: str
    found: float
    at_least: float | None = None
    at_most: float | None = None
    judged: bool = True

    @property
    def holds(self) -> bool:
        """False for a number that is not there."""
        if self.at_least is not None:
            return self.found >= self.at_least
        return self.at_most is not None and self.found <= self.at_most

    @property
    def fails(self) -> bool:
        """Whether the exit code must say so."""
        return self.judged and not self.holds

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.judged:
            return "holds" if self.holds else "FAILED"
        return "reached" if self.holds else "not reached"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        bound = {"at_most": self.at_most} if self.at_least is None else {"at_least": self.at_least}
        found = self.found if np.isfinite(self.found) else None
        return {"what": self.what, "found": found, **bound, "verdict": self.verdict}

    def __str__(self) -> str:
        bound = f"<= {self.at_most:g}" if self.at_least is None else f">= {self.at_least:g}"
        return f"  {self.what:<75} {self.found:9.3g}  {bound:<11} {self.verdict}"

"""What all runs of a comparison have in common."""

from __future__ import annotations

from dataclasses import dataclass

from lutetia import _core
from lutetia.comparing.asked import Given
from lutetia.radiobiology import TissueValues


@dataclass(frozen=True)
class Setting:
    """Model, what is given, and how doses are computed."""

    model: _core.Model
    given: Given
    convention: str
    tissues: TissueValues | str | None
    library: _core.Library

"""What all runs of a comparison have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lutetia import _core
from lutetia.prescription import Regimen
from lutetia.radiobiology import TissueValues


@dataclass(frozen=True)
class Setting:
    """Model, regimens by name, and how doses are computed."""

    model: _core.Model
    regimens: Mapping[str, Regimen]
    convention: str
    tissues: TissueValues | str | None
    library: _core.Library

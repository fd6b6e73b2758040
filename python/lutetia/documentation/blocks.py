"""Blocks a page consists of, before it is written as Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from lutetia import _core
from lutetia.documentation.equations import Equation
from lutetia.documentation.notation import Notation
from lutetia.documentation.parts import ModelParts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Heading:
    """A title; 1 is the level of the page."""

    level: int
    text: str


@dataclass(frozen=True)
class Summary:
    """What a model says about itself."""

    model: _core.Model


@dataclass(frozen=True)
class Paragraph:
    """Text and notation in turn."""

    pieces: tuple[str | Notation, ...]
    faint: bool = False
    emphasized: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """The drawing of a model."""

    name: str
    parts: ModelParts


@dataclass(frozen=True)
class Plot:
    """A figure with what it shows in words."""

    figure: Figure
    shows: str


@dataclass(frozen=True)
class Image:
    """A picture as the bytes of a PNG file, with what it shows in words."""

    png: bytes
    shows: str


@dataclass(frozen=True)
class Table:
    """A table; columns that hold formulas as the file writes them are `code`."""

    frame: pd.DataFrame
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Formula:
    """Notation on a line of its own."""

    notation: Notation


Block: TypeAlias = (
    Heading | Summary | Paragraph | Items | Picture | Plot | Image | Table | Formula | Equation
)

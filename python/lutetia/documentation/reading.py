"""How to read the equations of a model."""

from __future__ import annotations

from lutetia.documentation.laws import THIS_LIGAND
from lutetia.documentation.notation import (
    Notation,
    fraction,
    greek,
    letter,
    relation,
    signed,
    time_derivative,
    times,
    with_index,
)
from lutetia.documentation.parts import ModelParts


def reading(parts: ModelParts) -> tuple[str | Notation, ...]:
    """How to read the equations, text and notation in turn."""
    n, c, v = letter("N"), letter("c"), letter("V")
    made = any(f.source is None or f.target is None for f in parts.fluxes)
    receptors = " Receptors alone may come from nowhere and go nowhere." if made else ""
    return (
        "Every equation is the balance of one compartment and holds for each ligand by itself: ",
        n,
        " is an amount, ",
        relation(c, "=", fraction(n, v)),
        " a concentration, ",
        letter("E"),
        " the factor of an effect. Names without an index belong to the organ itself or to the "
        "model; an index ",
        THIS_LIGAND,
        " marks what belongs to the ligand. A sum over ",
        letter("o"),
        " runs over organs, lesions among them, a sum over ",
        letter("j"),
        " over all ligands: they share the receptors. A term in brackets exists in the organ named "
        "at their corner alone. Each flux leaves one compartment (minus) and enters another (plus), "
        f"so that nothing is lost.{receptors}",
    )


def reading_labeled() -> tuple[str | Notation, ...]:
    """How labeled peptide differs from all of it, text and notation in turn."""
    f, labeled = letter("F"), with_index(letter("F"), _star())
    return (
        "The equations are those of the total peptide, labeled or not, which does not decay. With ",
        f,
        " for the right-hand side, labeled peptide obeys ",
        _labeled(),
        ": ",
        labeled,
        " is ",
        f,
        " with the labeled amounts in place of ",
        letter("N"),
        ", but receptors and effects are those that the total amounts leave. The labeled part is "
        "linear given the total one.",
    )


def _labeled() -> Notation:
    """How the labeled balance differs from the total one."""
    labeled = with_index(letter("N"), _star())
    change = with_index(letter("F"), _star())
    decay = times(greek(r"\lambda", "&#x3BB;"), labeled)
    return relation(time_derivative(labeled), "=", signed([(1, change), (-1, decay)]))


def _star() -> Notation:
    return Notation(r"\ast", "<mo>*</mo>")

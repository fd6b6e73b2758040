"""What the report of a comparison shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from lutetia.comparing.figures import plot_lesions
from lutetia.documentation.blocks import Block, Heading, Items, Paragraph, Plot, Table
from lutetia.radiobiology import CAUTION
from lutetia.reports.page import few_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.comparing.comparison import Comparison

MOST_LESIONS = 9  # with axes of their own


def sections(comparison: Comparison) -> Iterator[Block]:
    """Blocks for `write_report`."""
    yield from _regimens(comparison)
    yield from _limits(comparison)
    yield from lesions(comparison)
    yield from _spread(comparison)
    yield from doses(comparison)


def _regimens(comparison: Comparison) -> Iterator[Block]:
    yield Heading(2, "Regimens")
    yield Paragraph((_who(comparison),))
    yield few_digits(comparison.courses)
    if len(comparison.impossible):
        yield Heading(3, "Not possible")
        yield Table(comparison.impossible.reset_index())
    yield from warnings(comparison)


def warnings(comparison: Comparison) -> Iterator[Block]:
    """Show what to know before using the numbers."""
    if found := comparison.warnings():
        yield Items(tuple(f"Warning: {warning}" for warning in found))


def _limits(comparison: Comparison) -> Iterator[Block]:
    if len(comparison.limits):
        yield Heading(2, "Limits")
        yield _plot(comparison.plot_limits, "share of every limit each regimen uses")
        yield few_digits(comparison.limits)


def lesions(comparison: Comparison) -> Iterator[Block]:
    """Show doses of the lesions of a single patient over time."""
    shown = comparison.lesions[:MOST_LESIONS]
    if shown and len(comparison.patients) == 1:
        yield Heading(2, "Lesions")
        shows = "cumulative absorbed dose of lesions over time"
        yield _plot(partial(plot_lesions, comparison, shown), shows)
        if len(shown) < len(comparison.lesions):
            yield Paragraph((f"The first {len(shown)} of {len(comparison.lesions)} lesions.",))


def _spread(comparison: Comparison) -> Iterator[Block]:
    members = comparison.members
    if members is None:
        return
    yield Heading(2, "Spread")
    varied = comparison.varied
    told = f" that differ in {len(varied)} parameters: {', '.join(varied)}" if varied else ""
    yield Paragraph((f"{members.size} members, {members.failed} failed{told}.",))
    limited = [(limit.region, limit.quantity) for limit in comparison._limits]
    of_lesions = [(lesion, "absorbed_dose") for lesion in comparison.lesions[:MOST_LESIONS]]
    for region, quantity in dict.fromkeys([*limited, *of_lesions]):
        yield _plot(
            partial(comparison.plot_members, region, quantity=quantity),
            f"cumulative {quantity} of {region} over time, median and 90 % of the members",
        )


def doses(comparison: Comparison) -> Iterator[Block]:
    """Tabulate absorbed dose and BED of every region."""
    yield Heading(2, "Doses")
    yield Paragraph((f"Over all cycles [Gy]; convention {comparison.convention}. {CAUTION}",))
    yield few_digits(comparison.doses)


def _who(comparison: Comparison) -> str:
    model = comparison._setting.model
    return f"Model {model.name} ({model.hash}), {comparison._who()}."


def _plot(draw: Callable[[], Axes | Figure], shows: str) -> Plot:
    """Draw on a figure of its own that pyplot forgets."""
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    drawn = draw()
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    assert isinstance(figure, Figure)
    plt.close(figure)
    return Plot(figure, shows)

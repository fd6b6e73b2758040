"""What the report of a comparison shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from lutetia.comparing.figures import plot_lesions
from lutetia.documentation.blocks import Block, Heading, Items, Paragraph, Plot, Table
from lutetia.radiobiology import CAUTION
from lutetia.reporting import few_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.comparing.comparison import Comparison

MOST_LINES = 6  # lesions in one figure


def sections(comparison: Comparison) -> Iterator[Block]:
    """Blocks for `write_report`."""
    yield Heading(2, "Regimens")
    yield Paragraph((_who(comparison),))
    yield few_digits(comparison.courses)
    if len(comparison.impossible):
        yield Heading(3, "Not possible")
        yield Table(comparison.impossible.reset_index())
    if warnings := comparison.warnings():
        yield Items(tuple(f"Warning: {warning}" for warning in warnings))
    if len(comparison.limits):
        yield Heading(2, "Limits")
        yield _plot(comparison.plot_limits, "share of every limit each regimen uses")
        yield few_digits(comparison.limits)
    lesions = comparison.lesions[:MOST_LINES]
    if lesions and len(comparison.patients) == 1:
        yield Heading(2, "Lesions")
        shows = "cumulative absorbed dose of lesions over time"
        yield _plot(partial(plot_lesions, comparison, lesions), shows)
    if comparison.members is not None:
        yield Heading(2, "Spread")
        yield Paragraph((_spread(comparison),))
        limited = [(limit.region, limit.quantity) for limit in comparison._limits]
        of_lesions = [(lesion, "absorbed_dose") for lesion in lesions]
        for region, quantity in dict.fromkeys([*limited, *of_lesions]):
            yield _plot(
                partial(comparison.plot_members, region, quantity=quantity),
                f"cumulative {quantity} of {region} over time, median and 90 % of the members",
            )
    yield Heading(2, "Doses")
    yield Paragraph((f"Over all cycles [Gy]; convention {comparison.convention}. {CAUTION}",))
    yield few_digits(comparison.doses)


def _who(comparison: Comparison) -> str:
    model = comparison._setting.model
    return f"Model {model.name} ({model.hash}), {comparison._who()}."


def _spread(comparison: Comparison) -> str:
    members = comparison.members
    assert members is not None
    varied = comparison.varied
    told = f" that differ in {len(varied)} parameters: {', '.join(varied)}" if varied else ""
    return f"{members.size} members, {members.failed} failed{told}."


def _plot(draw: Callable[[], Axes | Figure], shows: str) -> Plot:
    """Draw on a figure of its own that pyplot forgets."""
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    drawn = draw()
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    assert isinstance(figure, Figure)
    plt.close(figure)
    return Plot(figure, shows)

"""The report as text, table and page."""

from __future__ import annotations

import base64
import csv
import html
import textwrap
from collections.abc import Sequence
from pathlib import Path

from lutetia import __version__
from lutetia.result import RESEARCH_ONLY

from . import figures
from .compare import STATUSES, Outcome, Row, count, ratio
from .measurements import SECTIONS, number

WIDTH = 118

COLUMNS = (
    "case",
    "section",
    "title",
    "case_status",
    "quantity",
    "unit",
    "expected",
    "spread",
    "pass_low",
    "pass_high",
    "basis",
    "obtained",
    "obtained_over_expected",
    "status",
    "why",
    "strength",
    "tag",
    "source",
    "doi",
)


def counted(outcomes: Sequence[Outcome]) -> str:
    """Write the number of measurements by status; regression cases are no measurements."""
    measured = [o for o in outcomes if o.measurement.section != "regression"]
    found = count(measured)
    parts = [f"{found[s]} {s}" for s in STATUSES if found[s] or s != "error"]
    return f"{len(measured)} measurements: {', '.join(parts)}"


def text(outcomes: Sequence[Outcome]) -> str:
    """Aligned text: a heading per case, a line per quantity, the reason below."""
    out = [_line("", "", "", "expected", "obtained", "pass band", "result")]
    for section, heading in SECTIONS.items():
        out += ["", heading.upper(), ""]
        for outcome in outcomes:
            if outcome.measurement.section == section:
                out += _case(outcome)
    return "\n".join([*out, "", counted(outcomes), RESEARCH_ONLY])


def _case(outcome: Outcome) -> list[str]:
    m = outcome.measurement
    out = [_line(m.id, m.title, "", "", "", "", outcome.status.upper())]
    for row in outcome.rows:
        q = row.quantity
        expected = f"{number(q.expected)} {q.spread}".strip()
        obtained = "" if row.obtained is None else number(row.obtained)
        unit = "" if q.unit == "1" else q.unit
        out.append(_line("", q.name, unit, expected, obtained, q.demand(), row.status))
    if outcome.why:
        out += textwrap.wrap(
            outcome.why, WIDTH, initial_indent="     why: ", subsequent_indent="          "
        )
    return out


def _line(case: str, what: str, unit: str, *rest: str) -> str:
    expected, obtained, band, result = rest
    return f"{case:<4} {what:<50} {unit:<18} {expected:>14} {obtained:>10}  {band:<18} {result}"


def write(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write validation.csv and index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "validation.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for outcome in outcomes:
            table.writerows(_records(outcome))
    (folder / "index.html").write_text(page(outcomes), encoding="utf-8")


def _records(outcome: Outcome) -> list[dict[str, object]]:
    m = outcome.measurement
    case = {
        "case": m.id,
        "section": m.section,
        "title": m.title,
        "case_status": outcome.status,
        "why": outcome.why,
        "strength": m.strength,
        "tag": m.tag,
        "source": m.source,
        "doi": m.doi,
    }
    if not outcome.rows:
        return [{**case, "status": outcome.status}]
    return [{**case, **_record(row)} for row in outcome.rows]


def _record(row: Row) -> dict[str, object]:
    q = row.quantity
    low, high = q.limits() if q.judged else (None, None)
    return {
        "quantity": q.name,
        "unit": q.unit,
        "expected": q.expected,
        "spread": q.spread,
        "pass_low": low,
        "pass_high": high,
        "basis": q.basis,
        "obtained": None if row.obtained is None else f"{row.obtained:.6g}",
        "obtained_over_expected": None if (r := ratio(row)) is None else f"{r:.4g}",
        "status": row.status,
    }


STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#222;max-width:1180px;margin:2em auto;padding:0 1em}
h1{font-size:1.6em;margin-bottom:.2em}h2{margin-top:2.2em;border-bottom:1px solid #ccc}
h3{margin:1.6em 0 .2em;font-size:1.05em}img{max-width:100%}
table{border-collapse:collapse;margin:.5em 0;font-size:.9em}
td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}
th{font-weight:600;color:#555;border-bottom:1px solid #ccc}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.s{display:inline-block;padding:0 .5em;border-radius:.7em;font-size:.8em;font-weight:600}
.pass{background:#dcebf6;color:#00518a}.fail{background:#fbe1d3;color:#a43e00}
.not{background:#eee;color:#555}.shown{color:#888}.error{background:#c00;color:#fff}
.quiet{color:#555;font-size:.9em;margin:.15em 0;max-width:62em}.why{margin:.3em 0;max-width:58em}
.curves{display:flex;flex-wrap:wrap;gap:1em}.curves img{width:520px}
"""


def page(outcomes: Sequence[Outcome]) -> str:
    """One self-contained page."""
    body = [
        "<h1>Validation against published measurements</h1>",
        f"<p><b>{html.escape(counted(outcomes))}.</b> lutetia {html.escape(__version__)}, default model "
        f"sstr2_whole_body, nothing fitted to a case. {RESEARCH_ONLY}</p>",
        "<p class=quiet>A case passes when every judged quantity does. Where a source does not say whether "
        "physical decay is inside, both readings are shown and one that passes throughout is enough. "
        "Strength: A measured and independent of model parameters, B aggregated, planar, another ligand "
        "or confounded, C secondary or only a direction. Tag: R read in the source, S read in a document "
        "that quotes it, U recalled and unread, C computed.</p>",
        _summary(outcomes),
        "<h2>Obtained over expected</h2>",
        _image(figures.overview(outcomes), "obtained over expected with pass bands"),
        "<h2>Curves</h2><div class=curves>",
        *(_image(figures.curves(f), f.title) for o in outcomes for f in o.figures),
        "</div>",
    ]
    for section, heading in SECTIONS.items():
        body.append(f"<h2>{html.escape(heading)}</h2>")
        body += [_section(o) for o in outcomes if o.measurement.section == section]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>lutetia: validation</title>"
        f"<style>{STYLE}</style><body>{chr(10).join(body)}</body></html>\n"
    )


def _image(png: bytes, alt: str) -> str:
    data = base64.b64encode(png).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


def _badge(status: str) -> str:
    return f'<span class="s {status.split()[0]}">{html.escape(status)}</span>'


def _summary(outcomes: Sequence[Outcome]) -> str:
    rows = []
    for o in outcomes:
        m = o.measurement
        failed = [r for r in o.rows if r.status == "fail"]
        judged = [r for r in o.rows if r.quantity.judged and r.status != "not expressible"]
        share = f"{len(judged) - len(failed)} of {len(judged)}" if judged else ""
        rows.append(
            f'<tr><td><a href="#{m.id}">{m.id}</a></td><td>{html.escape(m.title)}</td>'
            f"<td>{_badge(o.status)}</td><td class=n>{share}</td><td>{html.escape(o.why)}</td></tr>"
        )
    head = "<tr><th>case<th><th>result<th class=n>in band<th>why</tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _section(outcome: Outcome) -> str:
    m = outcome.measurement
    lines = [
        f'<h3 id="{m.id}">{m.id} &ensp; {html.escape(m.title)} &ensp; {_badge(outcome.status)}</h3>'
    ]
    if outcome.why:
        lines.append(f"<p class=why><b>Why:</b> {html.escape(outcome.why)}.</p>")
    if outcome.rows:
        lines.append(
            "<table><tr><th>quantity<th>unit<th class=n>expected<th>spread<th class=n>obtained"
            "<th class=n>ratio<th>pass<th>basis<th></tr>"
            + "".join(_row(row) for row in outcome.rows)
            + "</table>"
        )
    lines.append(f"<p class=quiet><b>Measured:</b> {html.escape(m.measured)}.</p>")
    lines.append(f"<p class=quiet><b>Simulated:</b> {html.escape(m.inputs)}.</p>")
    if m.note:
        lines.append(f"<p class=quiet><b>Note:</b> {html.escape(m.note)}.</p>")
    doi = (
        f' <a href="https://doi.org/{html.escape(m.doi)}">{html.escape(m.doi)}</a>' if m.doi else ""
    )
    lines.append(
        f"<p class=quiet><b>Source:</b> {html.escape(m.source)}.{doi} Strength {m.strength}, tag {m.tag}.</p>"
    )
    return "\n".join(lines)


def _row(row: Row) -> str:
    q = row.quantity
    share = number(ratio(row)) if q.expected is not None else ""
    obtained = "" if row.obtained is None else number(row.obtained)
    cells = (
        html.escape(q.name),
        "" if q.unit == "1" else html.escape(q.unit),
        number(q.expected),
        html.escape(q.spread),
        obtained,
        share,
        html.escape(q.demand()),
        html.escape(q.basis),
        _badge(row.status),
    )
    right = {2, 4, 5}
    return (
        "<tr>"
        + "".join(f"<td{' class=n' if k in right else ''}>{c}</td>" for k, c in enumerate(cells))
        + "</tr>"
    )

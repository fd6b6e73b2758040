"""Columns of event tables: those of NONMEM and its relatives, and ours that they ignore.

TIME is absolute per patient, TAD counts from the start of the cycle, OCC is the cycle. EVID 0 is a value,
1 and 4 an administration, 2 nothing. With CENS 1, DV is the limit of detection (as Monolix and nlmixr2
have it). A cell that is empty or a point is missing.
"""

from __future__ import annotations

from lutetia.measurements.cells import Column
from lutetia.measurements.columns import GIVEN

EVENT = (
    Column("ID", "text", required=True),
    Column("TIME", "number", required=True),
    Column("TAD", "number", least=0.0),
    Column("OCC", "integer", least=1),
    Column("EVID", "integer", least=0),
    Column("MDV", "integer", least=0),
    Column("AMT", "number", least=0.0),
    Column("RATE", "number"),
    Column("DUR", "number", least=0.0),
    Column("ADDL", "integer", least=0),
    Column("II", "number", least=0.0),
    Column("SS", "integer", least=0),
    Column("CMT", "text"),
    Column("DVID", "text"),
    Column("DV", "number", least=0.0),
    Column("CENS", "integer"),
    Column("LIMIT", "number"),
)
# Values of ours in columns of their own; the others have one above.
OWN = {
    column.name: column.name.upper()
    for column in GIVEN
    if column.name not in ("cycle", "t_h", "censoring")
}
STATED = ("quantity", "unit", "decay_corrected", "nuclide", "modality")
OF_VALUES = [
    Column(OWN[c.name], c.kind, words=c.words, least=c.least, above=c.above)
    for c in GIVEN
    if c.name in OWN
]
EXTRA = (
    *OF_VALUES,
    Column("AMT_UNIT", "text"),
    Column("PEPTIDE_NMOL", "number", above=0.0),
    Column("ROW", "integer", least=1),
)
COLUMNS = EVENT + EXTRA
SAME_TIME = 1e-6  # [h]: TIME and TAD may have been rounded to milliseconds

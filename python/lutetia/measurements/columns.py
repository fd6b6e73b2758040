"""Columns of the table of measurements and the units their values may have."""

from __future__ import annotations

from lutetia.measurements.cells import Column

REGION_CLASSES = ("organ", "tumor", "blood", "whole_body", "excreta")
MODALITIES = ("SPECT", "planar", "PET", "counter")
UNIT_OF = {"activity": "MBq", "concentration": "MBq/L", "fraction": "1"}  # internal units

GIVEN = (
    Column("patient", "text", required=True),
    Column("cycle", "integer", required=True, least=1),
    Column("region", "text", required=True),
    Column("region_class", "text", required=True, words=REGION_CLASSES),
    Column("t_h", "number", required=True, least=0.0),
    Column("quantity", "text", required=True, words=tuple(UNIT_OF)),
    Column("value", "number", required=True, least=0.0, gaps=True),
    Column("unit", "text", required=True),
    Column("sd", "number", above=0.0),
    Column("censoring", "text", words=("none", "left")),
    Column("detection_limit", "number", above=0.0),
    Column("decay_corrected", "truth", required=True),
    Column("modality", "text", required=True, words=MODALITIES),
    Column("nuclide", "text", required=True),
    Column("volume_mL", "number", above=0.0),
    Column("scan", "text"),
    Column("include", "truth"),
    Column("group", "text"),
    Column("administered_activity_MBq", "number", above=0.0),
)
GIVEN_NAMES = [column.name for column in GIVEN]

# Canonical column of every column that is a value in `unit`.
CANONICAL = {
    "value": "activity_MBq",
    "sd": "sd_MBq",
    "detection_limit": "detection_limit_MBq",
}
CANONICAL_NAMES = list(CANONICAL.values())

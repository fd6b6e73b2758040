"""The default model against what was measured in people; ``make validation`` writes the report.

`measurements.yaml` holds what was measured and what is close enough, `kinetics`, `doses`, `scans` and `regression`
one function per case, `compare` judges, `report` writes.
"""

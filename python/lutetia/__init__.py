"""Whole-body pharmacokinetic simulator for somatostatin-receptor radioligand therapy.

Research use only, not for patient treatment.

Examples
--------
>>> import lutetia as lt
>>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
>>> dose = lt.absorbed_dose(run)
>>> round(float(dose.table.loc["kidney", "Gy_per_GBq"]), 2)
0.63
"""

import lazy_loader

# What is public is listed once, in __init__.pyi; a module is imported when a name of it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

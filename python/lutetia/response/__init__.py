"""Effects of dose: response of tumors, filtration of kidneys, blood counts.

`parameters` and `numbers` read what is assumed, `exposure` takes dose rates from a run, `tumor`, `kidney` and
`blood` integrate them, `feedback` lets tumors and kidneys change the next cycle.
"""

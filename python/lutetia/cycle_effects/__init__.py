"""How dose or uptake changes from cycle to cycle, from a table of values per cycle."""

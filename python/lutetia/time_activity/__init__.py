"""Measured time–activity curves of a region: exponentials, one or two scans, what a population knows."""

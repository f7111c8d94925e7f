"""Demand with events of known effect: what a forecast says that they add, beside what they do."""

"""Demand models: one global model of the sum over the protection period, its quantiles, and what stands in for it."""

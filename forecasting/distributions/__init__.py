"""Demand over a period as a distribution, and what falls short of it."""

"""Buying for a shop of the demo: who could supply it, and the way from a suggestion to goods on the shelf, over HTTP."""

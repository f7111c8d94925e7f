"""Kinds of demand of which it is known what moves them, made up; the same for the same seed."""

"""Stock policies replayed over history, for many SKUs and many parameter values at once."""

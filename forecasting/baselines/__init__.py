"""Simple forecasts that every model must beat, and that stand in when it fails."""

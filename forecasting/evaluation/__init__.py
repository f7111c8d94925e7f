"""The model judged on any history: backtest beside all baselines, forecasts ahead, charts, one report."""

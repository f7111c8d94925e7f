"""What the system itself recorded of demand, day by day: kept as Parquet files, read by training."""

"""The sliding window: score each day, train each week, promote what is better, take back what is not, and alarm."""

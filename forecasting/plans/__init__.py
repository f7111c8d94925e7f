"""What people plan of prices and promotions, and what was: kept beside the history, seen by models that look ahead."""

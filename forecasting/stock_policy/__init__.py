"""Stock policy: how much to order and when, as pure functions of demand and cost."""

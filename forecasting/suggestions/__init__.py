"""What to order, and why: one suggestion for each SKU and warehouse, from the inventory position."""

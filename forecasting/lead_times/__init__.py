"""Lead times as they were seen, and demand over a lead time that is not certain."""

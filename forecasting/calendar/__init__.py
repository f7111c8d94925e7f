"""What is known of the future: the calendar, holidays by rule, and events from a table."""

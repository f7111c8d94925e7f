"""What was trained, which model stands in each slot, what it said and what alarmed: files and rows that outlive a process."""

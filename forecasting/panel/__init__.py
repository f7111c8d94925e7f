"""History of demand as a dense panel, and the long table it is read from."""

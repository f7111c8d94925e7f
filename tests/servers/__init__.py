"""Real servers for tests: each on a free port, in a directory of its own, ended by its id."""

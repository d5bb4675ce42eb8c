"""Open data: facts, events and what they rest on as CSV, JSON Lines and SQLite, with a dictionary of every column."""

"""Facts against facts: what is new, what changed, what is gone and since when we believe it."""

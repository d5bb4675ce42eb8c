"""The measured benchmark: made-up editions of official pages beside the events that their changes must raise."""

"""The edge to the web: one polite client, and the one gate that every request passes."""

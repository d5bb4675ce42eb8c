"""Dated proof that stands on its own: what a pack holds, its zip, its pictures, and the check of it without us."""

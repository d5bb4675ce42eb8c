"""Benchmarks: what reading, keeping and asking cost, beside what else one could use, and how that grows."""

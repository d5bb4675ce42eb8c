"""The command line: one module a group of commands, tables for people and JSON for programs."""

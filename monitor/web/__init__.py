"""Pages for people: what the command line answers, as HTML that stands on its own."""

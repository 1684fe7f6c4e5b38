"""The ``jobsmith`` command: one door among the others, holding no rule of its own."""

"""Everything that changes something: one verb a file, with its permission inside."""

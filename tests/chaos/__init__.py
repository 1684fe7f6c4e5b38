"""Break the whole on purpose, and ask a journal outside its database what came of it."""

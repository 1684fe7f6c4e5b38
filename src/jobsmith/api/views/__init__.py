"""The addresses of the REST door: rows come from policies, verbs from actions."""

"""The REST door: the wire dialect of existing clients over our records and actions."""

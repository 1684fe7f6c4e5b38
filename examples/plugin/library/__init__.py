"""Books, and jobs that lend them."""

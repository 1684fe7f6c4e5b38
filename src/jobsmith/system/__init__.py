"""The jobs that Jobsmith itself brings. They do no more than call actions and log."""

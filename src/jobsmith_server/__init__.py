"""The standalone Jobsmith server: a thin Django project around the jobsmith app."""

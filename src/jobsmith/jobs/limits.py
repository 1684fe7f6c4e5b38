"""What a job meets when it runs for too long."""


class SoftTimeLimitExceeded(Exception):
    """The soft time limit of the run is over: tidy up and leave."""


class RunJobTaskFailed(Exception):
    """The run could not be brought to its end."""

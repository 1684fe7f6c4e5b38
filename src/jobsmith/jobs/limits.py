"""What a job meets when it runs for too long."""


class SoftTimeLimitExceeded(Exception):  # noqa: N818 - the name job authors know
    """The soft time limit of the run is over: tidy up and leave."""


class RunJobTaskFailed(Exception):  # noqa: N818 - the name job authors know
    """The run could not be brought to its end."""

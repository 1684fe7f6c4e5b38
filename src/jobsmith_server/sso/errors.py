"""Why somebody was not signed in."""

from jobsmith.errors import JobsmithError


class SignInFailed(JobsmithError):
    """The sign-in was cancelled, took too long, or was not accepted. Start again."""

    code = "sign_in_failed"


class ProviderAway(JobsmithError):
    """The provider of the sign-in does not answer. Try again in a minute."""

    code = "sign_in_provider_away"
    status = 503


class NoAccount(JobsmithError):
    """There is no account for you here. Ask an administrator for one."""

    code = "no_account"
    status = 403

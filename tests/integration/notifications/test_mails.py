"""Mails: to a real mail server, one for what happens together, and none with others' headers."""

from collections.abc import Callable, Iterator
from email import message_from_string, policy
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.actions.deliver import Deliveries
from jobsmith.actions.tell_events import tell_events
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule
from tests.support import factories as make
from tests.support.job_files import jobsmith_settings
from tests.support.receiver import Postbox, postbox

from .test_webhooks import due_again, settled

Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]
MAIL = {"channel": NotificationRule.Channel.MAIL}
State = NotificationDelivery.State


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    settings.JOBSMITH = jobsmith_settings(PUBLIC_URL="https://jobs.example.com")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with postbox() as found:
        settings.EMAIL_PORT = found.port
        yield found


@pytest.fixture
def vera(db: None) -> Any:
    return make.make_user("vera", "view_jobresult", email="vera@example.com")


def read(mail: str) -> tuple[Any, str, str]:
    told = message_from_string(mail, policy=policy.default)
    text, html = (told.get_body([kind]) for kind in ("plain", "html"))
    assert text
    assert html
    return told, text.get_content(), html.get_content()


def test_a_mail_says_what_happened_and_leads_there(
    box: Postbox, rule: Rule, ended: Ended, vera: Any, admin: Any
) -> None:
    rule(vera, **MAIL)
    run = ended(user=admin)
    tell_events()
    settled(Deliveries())
    told, text, html = read(box.mails[0])
    address = f"https://jobs.example.com/runs/{run.pk}/"
    assert (told["Subject"], told["To"]) == ("Ping failed", "vera@example.com")
    assert all(each in text for each in ("Failed", "Ping", "admin", address))
    assert f'href="{address}"' in html
    assert NotificationDelivery.objects.get().state == State.SENT


def test_what_happens_together_is_one_mail(
    box: Postbox, rule: Rule, ended: Ended, vera: Any
) -> None:
    rule(vera, **MAIL)
    for _ in range(60):
        ended()
    tell_events()
    settled(Deliveries())
    told, text, _ = read(box.mails[0])
    assert len(box.mails) == 1
    assert told["Subject"] == "60 notifications: Ping failed"
    assert text.count("Ping failed") == 50
    assert "And 10 more." in text


def test_what_follows_soon_waits_for_the_next_mail(
    box: Postbox, rule: Rule, ended: Ended, vera: Any
) -> None:
    rule(vera, **MAIL)
    for _ in range(3):
        ended()
        tell_events()
        settled(Deliveries())
    assert len(box.mails) == 1
    due_again()
    settled(Deliveries())
    assert read(box.mails[1])[0]["Subject"].startswith("2 notifications")
    assert len(box.mails) == 2


def test_a_name_puts_nothing_into_the_head_of_a_mail_or_its_page(
    box: Postbox, rule: Rule, ended: Ended, vera: Any
) -> None:
    rule(vera, **MAIL)
    evil = "a\r\nBcc: eve@example.com\r\n\r\n<script>x</script>\u202e"
    ended(name=evil)
    tell_events()
    settled(Deliveries())
    told, text, html = read(box.mails[0])
    assert told["Bcc"] is None
    assert box.to == ["vera@example.com"]
    assert "<script>" not in html
    assert "\u202e" not in text


def test_a_mail_that_is_refused_is_sent_again(
    box: Postbox, rule: Rule, ended: Ended, vera: Any
) -> None:
    box.refusals = 1
    rule(vera, **MAIL)
    ended()
    tell_events()
    settled(Deliveries())
    row = NotificationDelivery.objects.get()
    assert (row.state, row.last_error) == (State.WAITING, "The mail server answered 451.")
    due_again()
    settled(Deliveries())
    assert len(box.mails) == 1


@pytest.mark.parametrize("email", ["", "vera@example.com\nBcc: eve@example.com"])
def test_who_has_no_good_address_gets_no_mail(
    box: Postbox, rule: Rule, ended: Ended, vera: Any, email: str
) -> None:
    vera.email = email
    vera.save()
    rule(vera, **MAIL)
    ended()
    tell_events()
    settled(Deliveries())
    assert box.mails == []
    assert NotificationDelivery.objects.get().last_error


def test_a_mail_server_that_is_away_changes_nothing_else(
    rule: Rule, ended: Ended, vera: Any, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    rule(vera, **MAIL)
    run = ended()
    tell_events()
    settled(Deliveries())
    row = NotificationDelivery.objects.get()
    assert row.last_error == "The mail could not be sent: ConnectionRefusedError."
    assert JobResult.objects.get(pk=run.pk).status == "FAILURE"

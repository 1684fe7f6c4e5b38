"""A host whose users have an email address for a name and a number for a key."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.job_files import write

PROJECT = {
    "settings.py": """
        from pathlib import Path

        BASE_DIR = Path(__file__).parent
        SECRET_KEY = "only-for-this-test"
        USE_TZ = True
        ROOT_URLCONF = "urls"
        ALLOWED_HOSTS = ["testserver"]
        AUTH_USER_MODEL = "people.Person"
        INSTALLED_APPS = [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "people",
            "django_htmx",
            "rest_framework",
            "jobsmith",
            "jobsmith.web",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
        ]
        TEMPLATES = [
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ]
        STATIC_URL = "static/"
        LOGIN_URL = "jobsmith:sign_in"
        DATABASES = {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": BASE_DIR / "db.sqlite3",
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 5,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                },
            }
        }
        JOBSMITH = {"HOME": BASE_DIR / "home", "ACCEPT_WITHOUT_WORKER": True}
    """,
    "urls.py": """
        from django.urls import include, path

        urlpatterns = [path("automation/", include("jobsmith.urls"))]
    """,
    "people/__init__.py": "",
    "people/migrations/__init__.py": "",
    "people/models.py": """
        from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
        from django.db import models

        class People(BaseUserManager):
            def create_superuser(self, email, password):
                person = self.model(email=email, is_superuser=True)
                person.set_password(password)
                person.save()
                return person

        class Person(AbstractBaseUser, PermissionsMixin):
            number = models.AutoField(primary_key=True)
            email = models.EmailField(max_length=254, unique=True)
            objects = People()
            USERNAME_FIELD = "email"
    """,
}
LONG = "long-" + "x" * 180 + "@example.org"

PROGRAM = """
    import json
    import django
    django.setup()

    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    call_command("makemigrations", "people", verbosity=0)
    call_command("migrate", verbosity=0)

    from jobsmith.actions.cancel_result import cancel_result
    from jobsmith.actions.create_administrator import create_first_administrator
    from jobsmith.actions.enqueue_job import enqueue_job
    from jobsmith.actions.override_job import edit_job
    from jobsmith.inputs.codec import CleanInputs
    from jobsmith.models import Job, JobQueue, ObjectChange
    from jobsmith.specs import JobSpec, to_json

    said = {"password": bool(create_first_administrator("first-of-all"))}
    users = get_user_model().objects
    said["first"] = users.get().email
    ana = users.create_superuser("ana@example.org", "pw-of-ana")
    long = users.create_superuser("%(long)s", "pw")
    spec = JobSpec(module_name="m", job_class_name="Ping", name="Ping", grouping="Net")
    queue, _ = JobQueue.objects.get_or_create(name="default")
    job = Job.objects.create(module_name="m", job_class_name="Ping", name="Ping", grouping="Net",
                             declared=to_json(spec), default_job_queue=queue)
    edit_job(job, user=ana, values={"enabled": True}, overrides={})
    job.refresh_from_db()
    own = enqueue_job(job, user=ana, inputs=CleanInputs())
    cancelled = cancel_result(enqueue_job(job, user=long, inputs=CleanInputs()), user=long)
    said["cancelled"] = [cancelled.status, cancelled.canceled_by_user_name]
    said["audit"] = sorted(set(ObjectChange.objects.values_list("user_name", flat=True)))

    browser = Client()
    form = {"username": "ana@example.org", "password": "pw-of-ana"}
    said["sign_in"] = browser.post("/automation/sign-in/", form).status_code
    def shows(address):
        answer = browser.get("/automation/" + address)
        assert answer.status_code == 200, (address, answer.status_code)
        page = answer.content.decode()
        return [str(each.pk) in page for each in (own, cancelled)]
    searches = ("runs/?q=ana", "runs/?q=xxx", "runs/?q=nobody", "runs/?mine=1")
    said["list"] = [shows(each) for each in searches]

    def opens(address):
        answer = browser.get("/automation/" + address)
        return [address, answer.status_code] if answer.status_code != 200 else []
    access = ("access/users/", "access/users/2/", "access/users/add/", "access/groups/",
              "access/permissions/add/", "access/tokens/add/", "access/audit/", "account/")
    said["closed"] = [each for each in map(opens, access) if each]
    added = {"email": "new@example.org", "password": "correct horse battery"}
    said["added"] = browser.post("/automation/access/users/add/", added).status_code
    said["told"] = browser.post("/automation/access/tokens/add/", {}).status_code
    users.get(email="new@example.org").delete()
    ana.jobsmith_tokens.all().delete()
    ObjectChange.objects.exclude(object_label="jobsmith.job").exclude(
        object_label="jobsmith.jobresult").delete()

    from jobsmith.actions.tokens import create_token
    _, text = create_token(ana, description="made in Python")
    headers = {"HTTP_AUTHORIZATION": f"Token {text}"}
    def count(address):
        answer = browser.get("/automation/api/" + address, **headers)
        assert answer.status_code == 200, (address, answer.status_code, answer.content)
        return answer.json()["count"]
    shown = browser.get("/automation/api/users/users/2/", **headers).json()
    said["shown"] = [shown["id"], shown["username"], shown["email"]]
    said["counts"] = {address: count(address) for address in %(addresses)r}
    answer = browser.post("/automation/api/users/tokens/", {"description": "made by REST"},
                          content_type="application/json", **headers)
    said["token"] = [answer.status_code, answer.json().get("description")]
    call_command("jobsmith", "runs", "--json", "--user", "ana@example.org")
    call_command("check", fail_level="WARNING", databases=["default"], verbosity=0)
    print("\\nSAID " + json.dumps(said))
"""
COUNTS = {
    "extras/job-results/?q=ana": 1,
    "extras/job-results/?user={number}": 1,
    "extras/job-results/?user__isnull=true": 0,
    "extras/object-changes/?user=ana@example.org": 2,
    "extras/object-changes/?user_id={number}": 2,
    "extras/object-changes/?q=ana": 2,
    "users/users/?q=ana": 1,
    "users/users/?username=ana@example.org": 1,
    "users/users/?username__isw=long&sort=username": 1,
    "users/users/?is_active=true": 3,
    "users/users/?is_active=false": 0,
    "users/tokens/?user=ana@example.org": 1,
}


@pytest.mark.slow
def test_users_are_found_and_named_by_whatever_the_host_calls_them(tmp_path: Path) -> None:
    said = in_host(
        write(tmp_path, PROJECT), {each.format(number=2): n for each, n in COUNTS.items()}
    )
    assert (said["password"], said["first"]) == (True, "admin")
    assert said["sign_in"] == 302
    assert (said["closed"], said["added"], said["told"]) == ([], 302, 200)
    assert said["list"] == [[True, False], [False, True], [False, False], [True, False]]
    assert said["cancelled"] == ["REVOKED", LONG[:150]]
    assert said["audit"] == ["", "ana@example.org", LONG[:150]]  # nobody made the first one
    assert said["counts"] == {each.format(number=2): count for each, count in COUNTS.items()}
    assert said["shown"] == [2, "ana@example.org", "ana@example.org"]
    assert said["token"] == [201, "made by REST"]


def in_host(root: Path, counts: dict[str, int]) -> dict[str, Any]:
    """What the program says inside the project."""
    write(root, {"program.py": PROGRAM % {"long": LONG, "addresses": list(counts)}})
    path = os.pathsep.join([str(root), *sys.path])
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "settings"}
    command = [sys.executable, "program.py"]
    ended = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=150)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout.rpartition("SAID ")[2]))

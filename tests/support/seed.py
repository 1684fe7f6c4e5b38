# ruff: noqa: E501
"""Records for looking at pages: a catalogue, runs in every state, a long log.

``python -m tests.support.seed`` fills the database of ``JOBSMITH_HOME``.
"""

import os
import random
from datetime import datetime, timedelta

import django

LINES = 12_000
STEPS = ("initialization", "load inventory", "plan changes", "apply changes", "post_run")


def seed(lines: int = LINES) -> None:
    """Fill the database; needs the migrations and no worker."""
    from tests.support import factories as make

    random.seed(7)
    if not make.get_user_model()._default_manager.filter(username="ana.novak").exists():
        make.get_user_model()._default_manager.create_superuser("ana.novak", password="pw")
    make.make_worker()
    jobs = [
        _job(name, grouping, description, number)
        for number, (name, grouping, description) in enumerate(JOBS)
    ]
    for number, job in enumerate(jobs):
        _history(job, number)
    _running(jobs[0], lines)
    _failed(jobs[3])
    _succeeded(jobs[1])
    _problems()
    _people(jobs)
    _words(jobs)
    _approvals(jobs)


JOBS = (
    ("Reconcile VLANs with source of truth", "Network", "Compare every switch against the plan."),
    ("Back up device configurations", "Network", "Fetch configurations and archive them."),
    ("Upgrade switch firmware", "Network", "Stage, verify and activate an image in batches."),
    ("Verify BGP sessions", "Network", "Check peers on every edge router."),
    ("Provision tenant", "Customers", "Create the tenant and its first administrator."),
    ("Export usage report", "Customers", "Write last month's usage per tenant as CSV."),
    ("Rotate service credentials", "Platform", "Issue new credentials, revoke the old ones."),
    ("Remove expired uploads", "Platform", "Delete files whose retention has passed."),
)


def _job(name, grouping, description, number):
    from jobsmith.specs import JobSpec
    from tests.support.factories import make_job

    spec = JobSpec(
        module_name="shop",
        job_class_name="".join(word.capitalize() for word in name.split()),
        name=name,
        grouping=grouping,
        description=f"{description}\n\nReads *everything* first and writes only what differs.",
        supports_dryrun=number % 2 == 0,
        variables=variables(),
        file="shop.py",
        line=12,
    )
    return make_job(spec, supports_dryrun=spec.supports_dryrun, description=spec.description)


def variables():
    """One variable of every type, in sections."""
    from jobsmith.specs import VariableSpec as V

    user = "users.user"
    return (
        V(name="site", type="ChoiceVar", section="Where", choices=[["fra", "Frankfurt"], ["ber", "Berlin"]], default="fra"),
        V(name="roles", type="MultiChoiceVar", section="Where", required=False, choices=[["access", "Access"], ["core", "Core"]], description="Only devices with one of these roles."),
        V(name="owner", type="ObjectVar", section="Where", model=user, display_field="username", required=False),
        V(name="team", type="MultiObjectVar", section="Where", model=user, display_field="username", required=False),
        V(name="max_failures", type="IntegerVar", section="How", min_value=1, max_value=50, default=5, label="Stop after this many failures"),
        V(name="share", type="FloatVar", section="How", required=False, min_value=0, max_value=1),
        V(name="dryrun", type="DryRunVar", section="How", required=False, default=False, label="Dry run", description="Shows the plan and changes nothing."),
        V(name="ticket", type="StringVar", section="How", regex="^CHG-", description="Written to the audit log.", show_when={"dryrun": False}, required=False),
        V(name="notes", type="TextVar", section="How", required=False),
        V(name="password", type="SecretVar", section="How", required=False),
        V(name="on", type="DateVar", section="When", required=False),
        V(name="at", type="DateTimeVar", section="When", required=False),
        V(name="address", type="IPAddressVar", section="More", required=False),
        V(name="mask", type="IPAddressWithMaskVar", section="More", required=False),
        V(name="net", type="IPNetworkVar", section="More", required=False),
        V(name="options", type="JSONVar", section="More", required=False),
        V(name="upload", type="FileVar", section="More", required=False),
    )  # fmt: skip


def _history(job, number):
    from django.utils import timezone

    from jobsmith.models import JobResult

    rows = []
    for n in range(26 if number < 6 else 5):
        began = timezone.now() - timedelta(hours=30 - n, minutes=number * 7)
        bad = random.random() < 0.12
        rows.append(
            JobResult(
                job_model=job,
                name=job.name,
                class_path=job.class_path,
                status="FAILURE" if bad else "SUCCESS",
                date_created=began,
                date_started=began,
                date_done=began + timedelta(seconds=random.randint(3, 200)),
                warning_log_count=int(random.random() < 0.15),
                cause="exception" if bad else "",
                job_queue=job.default_job_queue,
            )
        )
    JobResult.objects.bulk_create(rows)


def _running(job, lines: int):
    from django.utils import timezone

    from tests.support.factories import get_user_model, make_result

    began = timezone.now() - timedelta(seconds=161)
    run = make_result(
        job,
        status="STARTED",
        date_started=began,
        date_created=began,
        user=get_user_model().objects.get(username="ana.novak"),
        worker="worker-2",
        source_label="net-jobs@4f9c2e1",
        isolation="sandbox",
        source_key="seed",
        source_digest=_code(job),
        progress_done=312,
        progress_total=500,
        progress_text="Applying changes",
        log_count=lines,
        warning_log_count=14,
        error_log_count=3,
        task_kwargs={"site": "fra", "roles": ["access", "core"], "max_failures": 5, "ticket": "CHG-20911"},
        sealed_kwargs="x",
        door="web",
    )  # fmt: skip
    log(run, lines, began)


BEFORE = """\
from jobsmith.jobs import IntegerVar, Job, StringVar, register_jobs


class Reconcile(Job):
    site = StringVar()
    max_failures = IntegerVar(default=3)

    def run(self, site, max_failures):
        for switch in load(site):
            self.logger.info("checking %s", switch)
            apply(switch)


register_jobs(Reconcile)
"""
AFTER = BEFORE.replace("default=3", "default=5").replace(
    "            apply(switch)\n",
    "            plan = compare(switch)\n            if plan:\n                apply(switch, plan)\n",
)


def _code(job) -> str:
    """Two versions, of which the newer one serves; the digest of the older one."""
    from tests.support import factories as make

    readme = {"README.md": "# Jobs of the network team\n"}
    older = make.make_version("4f9c2e1", {"vlans.py": BEFORE, "old/legacy.py": "X = 1\n", **readme})
    newer = make.make_version("9b00d17", {"vlans.py": AFTER, "compare.py": "A = {}\n", **readme})
    make.serve(newer, "seed")
    return older.digest


def log(run, lines: int, began: datetime) -> None:
    """Write that many lines."""
    from jobsmith.models import JobLogEntry

    levels = ["info"] * 12 + ["debug"] * 4 + ["success"] * 3
    for start in range(0, lines, 5000):
        JobLogEntry.objects.bulk_create(
            JobLogEntry(
                job_result=run,
                seq=n + 1,
                created=began + timedelta(milliseconds=13 * n),
                log_level="warning" if n % 900 == 880 else "error" if n % 4000 == 3990 else levels[n % 19],
                grouping=STEPS[min(n * 4 // lines, 3)],
                log_object=f"acc-fra-{n % 97:03}",
                absolute_url="/",
                message=f"vlan {100 + n % 300} present on trunk Ethernet1/{n % 48}",
            )
            for n in range(start, min(start + 5000, lines))
        )  # fmt: skip


def long_log(lines: int) -> None:
    """One run with more lines than bulk_create would write while a test waits."""
    from django.db import connection

    from tests.support import factories as make

    make.get_user_model()._default_manager.create_superuser("ana.novak", password="pw")
    run = make.make_result(status="SUCCESS", log_count=lines)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobsmith_joblogentry (id, job_result_id, seq, log_level, grouping,
                message, created, log_object, absolute_url)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)
            SELECT printf('%%032x', i), %s, i, CASE i %% 100000 WHEN 0 THEN 'error' ELSE 'info' END,
                'main', 'this is line ' || i, '2026-01-01 00:00:00', '', '' FROM n
            """,
            [lines, run.pk.hex],
        )


def _failed(job):
    from django.utils import timezone

    from tests.support.factories import make_result

    began = timezone.now() - timedelta(minutes=31)
    run = make_result(
        job,
        status="FAILURE",
        cause="exception",
        date_created=began,
        date_started=began,
        date_done=began + timedelta(seconds=123),
        log_count=400,
        error_log_count=1,
        result={"exc_type": "ConnectionError", "exc_module": "builtins", "exc_message": ["edge-3 does not answer on port 179"]},
        traceback='Traceback (most recent call last):\n  File "shop.py", line 41, in run\n    peer.connect()\nConnectionError: edge-3 does not answer on port 179\n',
    )  # fmt: skip
    log(run, 4000, began)


def _succeeded(job):
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from jobsmith.models import JobConsoleEntry, JobFile
    from tests.support.factories import make_result

    began = timezone.now() - timedelta(minutes=12)
    run = make_result(
        job,
        status="SUCCESS",
        date_created=began,
        date_started=began,
        date_done=began + timedelta(seconds=48),
        log_count=300,
        console_count=40,
        result={
            "summary": {"__jobsmith_type__": "markdown", "text": "## Done\n\n**48** devices, *2* skipped.\n\n<script>alert(1)</script>"},
            "devices": {"__jobsmith_type__": "table", "title": "Devices", "columns": ["Name", "Bytes", "Changed"], "rows": [[f"acc-{n}", n * 913, n % 3 == 0] for n in range(60)]},
            "raw": {"__jobsmith_note__": "JSON has no such number.", "type": "float", "preview": "nan"},
            "total": 48,
        },
    )  # fmt: skip
    log(run, 300, began)
    JobConsoleEntry.objects.bulk_create(
        JobConsoleEntry(job_result=run, seq=n + 1, timestamp=began, output_type="stderr" if n % 9 == 8 else "stdout", text=f"step {n} of 40")
        for n in range(40)
    )  # fmt: skip
    for name in ("plan.json", "diff-fra-02.html"):
        row = JobFile(name=name, size=48_211, job_result=run)
        row.file.save(name, ContentFile(b"<script>alert(1)</script>" * 1900))


def _problems():
    from jobsmith.models import Source, SourceProblem

    source = Source.objects.get(key="seed")
    source.title = "Shop jobs"
    source.save()
    for code, file, line, severity, message in (
        ("import_failed", "broken.py", 14, "error", "ImportError: No module named 'netmikko'"),
        ("template_ignored", "shop.py", 33, "warning", "template_name works in packages only."),
    ):
        SourceProblem.objects.create(
            source=source, code=code, file=file, line=line, severity=severity, message=message
        )


def _people(jobs):
    """Groups, users, permissions and tokens, made by the actions, so that the trail knows them."""
    from django.contrib.auth.models import Group
    from django.contrib.contenttypes.models import ContentType

    from jobsmith.actions.save_permission import create_permission
    from jobsmith.actions.save_record import create_record
    from jobsmith.actions.save_user import create_user
    from jobsmith.actions.tokens import create_token
    from jobsmith.models import Job, JobResult
    from tests.support.factories import get_user_model

    ana = get_user_model().objects.get(username="ana.novak")
    group = create_record(Group, user=ana, values={"name": "Network operations"})
    for name, first, last in (
        ("bernd.vogel", "Bernd", "Vogel"),
        ("chiara.rossi", "Chiara", "Rossi"),
        ("deploy-bot", "", ""),
    ):
        values = {
            "username": name,
            "first_name": first,
            "last_name": last,
            "email": f"{name}@example.org",
        }
        create_user(
            user=ana, values={**values, "groups": [group]}, password="correct horse battery"
        )
    kinds = [ContentType.objects.get_for_model(each) for each in (Job, JobResult)]
    for name, actions, constraints in (
        ("See network jobs", ["view", "run"], {"grouping": "Network"}),
        ("See own runs", ["view"], {"user": "$user"}),
    ):
        kind = kinds[0] if "run" in actions else kinds[1]
        create_permission(
            user=ana,
            values={
                "name": name,
                "actions": actions,
                "constraints": constraints,
                "object_types": [kind],
                "groups": [group],
            },
        )
    create_token(
        ana, description="Nightly import", write_enabled=False, allowed_networks=["10.0.0.0/8"]
    )
    create_token(
        get_user_model().objects.get(username="deploy-bot"), description="Pipeline", by=ana
    )


def _repository(ana, jobs):
    """A Git repository that serves two jobs and has a problem."""
    from django.utils import timezone

    from jobsmith.actions.save_repository import create_repository
    from jobsmith.models import GitRepository, Job, Source, SourceProblem

    row = create_repository(
        user=ana,
        values={
            "name": "Network jobs",
            "remote_url": "https://git.example.org/network/jobs.git",
            "branch": "main",
            "provided_contents": ["extras.job"],
            "token": "tok-of-the-seed",
            "subfolder": "ops/network",
            "poll_seconds": 300,
            "webhook_secret": "hook-of-the-seed-0123",
        },
    )
    GitRepository.objects.filter(pk=row.pk).update(
        current_head="4f9c2e1" + "0b" * 16 + "7",
        looked_at=timezone.now() - timedelta(minutes=4),
        look_failure="The server refused the user name or the token.",
    )
    Job.objects.filter(pk__in=[job.pk for job in jobs[6:]]).update(git_repository=row)
    source = Source.objects.create(key=f"git:{row.slug}", kind="git", title=row.name)
    SourceProblem.objects.create(
        source=source,
        code="symlink",
        message="A symbolic link is left out.",
        file="latest",
        severity="warning",
    )


def _webhook(ana, jobs):
    """A webhook that has taken some messages."""
    from jobsmith.actions.save_webhook import create_webhook
    from jobsmith.models import JobWebhookDelivery as Delivery

    values = {
        "name": "Tickets",
        "job": jobs[0],
        "condition": {"path": "/event", "equals": "opened"},
        "per_minute": 30,
    }
    row, _secret = create_webhook(user=ana, values=values)
    came = (
        ("msg_2Lml4", "passed", "The message is not what it waits for at /event."),
        (
            "msg_2Lmk9",
            "refused",
            "Some inputs were refused. site: The message has nothing at /site.",
        ),
        ("msg_2Lmh1", "started", ""),
    )
    run = jobs[0].job_results.first()
    for number, (called, outcome, said) in enumerate(reversed(came)):
        result = run if outcome == "started" else None
        Delivery.objects.create(
            webhook=row,
            key=str(number),
            delivery_id=called,
            outcome=outcome,
            said=said,
            job_result=result,
        )


def _approvals(jobs):
    """A rule with two stages, a request that waits, and one that was denied."""
    from django.contrib.auth.models import Group

    from jobsmith.actions.decide_approval import comment_stage, deny_stage
    from jobsmith.actions.enqueue_job import RunOptions, enqueue_job
    from jobsmith.actions.run_form import json_run_form
    from jobsmith.actions.save_definition import create_definition
    from jobsmith.actions.save_record import create_record
    from jobsmith.models import ApprovalWorkflowStage, ApprovalWorkflowStageDefinition
    from tests.support.factories import get_user_model

    ana = get_user_model().objects.get(username="ana.novak")
    bernd = get_user_model().objects.get(username="bernd.vogel")
    group = Group.objects.create(name="Network leads")
    ana.groups.add(group)
    rule = create_definition(
        user=ana,
        values={
            "name": "Firmware",
            "model_constraints": {"job_model__name": jobs[2].name},
            "weight": 10,
        },
    )
    for number, (name, count) in enumerate((("Technical review", 1), ("Go", 2))):
        values = {
            "approval_workflow_definition": rule,
            "name": name,
            "sequence": number,
            "approver_group": group,
            "min_approvers": count,
            "denial_message": "Ask again after the freeze.",
        }
        create_record(ApprovalWorkflowStageDefinition, user=ana, values=values)
    for _ in range(2):
        form = json_run_form(
            jobs[2],
            user=bernd,
            data={"ticket": "CHG-4711", "dryrun": False, "site": "fra", "password": "s"},
        )
        form.is_valid()
        enqueue_job(
            jobs[2],
            user=bernd,
            inputs=form.clean_inputs,
            options=RunOptions(door="web"),
        )
    first, *_, last = ApprovalWorkflowStage.objects.filter(name="Technical review")
    deny_stage(first, user=ana, comments="The maintenance window is closed.")
    comment_stage(last, user=ana, comments="Which image is this?")


def _words(jobs):
    """A repository, queues, tags, notes, a saved query, and changes of a job."""
    from jobsmith.actions.override_job import edit_job
    from jobsmith.actions.save_record import create_record
    from jobsmith.actions.write_note import write_note
    from jobsmith.models import GraphQLQuery, JobQueue, Tag
    from tests.support.factories import get_user_model

    ana = get_user_model().objects.get(username="ana.novak")
    _repository(ana, jobs)
    _webhook(ana, jobs)
    tags = [
        create_record(Tag, user=ana, values={"name": name, "color": color, "description": text})
        for name, color, text in (
            ("critical", "c0392b", "Call somebody first."),
            ("self-service", "2e7d32", ""),
        )
    ]
    queue = create_record(
        JobQueue,
        user=ana,
        values={"name": "datacentre-fra", "description": "Workers in Frankfurt."},
    )
    create_record(
        GraphQLQuery,
        user=ana,
        values={
            "name": "Failing jobs",
            "query": "query ($n: Int) {\n  jobs(limit: $n) {\n    name\n  }\n}\n",
            "variables": {"n": 5},
        },
    )
    edit_job(
        jobs[0],
        user=ana,
        values={"tags": tags, "time_limit": 900.0, "job_queues": [queue]},
        overrides={"time_limit": True, "job_queues": True},
    )
    edit_job(
        jobs[0],
        user=ana,
        values={"description": "Compare every switch.\n\nPush what differs.", "tags": tags[:1]},
        overrides={"description": True},
    )
    write_note(
        jobs[0],
        user=ana,
        text="Ask **network-leads** before you run it on a Friday.\n\n- [runbook](https://example.org/)\n- `#net-ops`",
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
    django.setup()
    seed()

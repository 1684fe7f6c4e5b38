"""Records for tests, made one by one, so that each test says what it needs."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from jobsmith.models import Job, JobQueue, JobResult, ObjectPermission, Source, SourceTree, Worker
from jobsmith.sources import trees
from jobsmith.sources.belonging import File
from jobsmith.specs import JobSpec, VariableSpec, to_json


def make_user(name: str = "olga", *permissions: str, **fields: Any) -> Any:
    """A user with Django permissions such as ``run_job``."""
    user = get_user_model()._default_manager.create_user(username=name, password="pw", **fields)
    found = Permission.objects.filter(content_type__app_label="jobsmith", codename__in=permissions)
    assert len(found) == len(permissions), permissions
    user.user_permissions.add(*found)
    return get_user_model()._default_manager.get(pk=user.pk)


def make_admin(name: str = "admin") -> Any:
    """A superuser."""
    return get_user_model()._default_manager.create_superuser(username=name, password="pw")


def default_queue() -> JobQueue:
    """The queue every job has."""
    return JobQueue.objects.get_or_create(name="default")[0]


def make_worker(*queues: str, **fields: Any) -> Worker:
    """A worker that has just beaten."""
    return Worker.objects.create(
        hostname="here",
        pid=1,
        version="0",
        queues=list(queues) or ["default"],
        **{"name": "w1", "slots": 2, "beat_at": timezone.now(), **fields},
    )


def make_spec(name: str = "Ping", *variables: VariableSpec, **fields: Any) -> JobSpec:
    """What a source declares."""
    return JobSpec(
        module_name="pings",
        job_class_name=name.replace(" ", ""),
        name=name,
        grouping="Net",
        variables=variables,
        **fields,
    )


def make_job(spec: JobSpec | None = None, **fields: Any) -> Job:
    """An enabled job on the default queue."""
    spec = spec or make_spec()
    queue = default_queue()
    job = Job.objects.create(
        module_name=spec.module_name,
        job_class_name=spec.job_class_name,
        declared=to_json(spec),
        default_job_queue=queue,
        **{"enabled": True, "name": spec.name, "grouping": spec.grouping, **fields},
    )
    job.job_queues.add(queue)
    return job


def make_result(job: Job | None = None, **fields: Any) -> JobResult:
    """A pending run."""
    job = job or make_job()
    return JobResult.objects.create(
        job_model=job,
        class_path=job.class_path,
        **{"name": job.name, "job_queue": job.default_job_queue, **fields},
    )


def grant(
    user: Any, action: str, model: type[Model], constraints: Any = None, **fields: Any
) -> ObjectPermission:
    """Let the user do this to the rows of the model that match."""
    number = ObjectPermission.objects.count() + 1
    permission = ObjectPermission.objects.create(
        name=f"permission {number}", actions=[action], constraints=constraints, **fields
    )
    permission.object_types.add(ContentType.objects.get_for_model(model))
    permission.users.add(user)
    return permission


def make_version(label: str, files: dict[str, str], *specs: JobSpec) -> SourceTree:
    """A kept version of code that holds these files and declares these jobs."""
    made = trees.made_of({path: File(text.encode(), False) for path, text in files.items()})
    tree = trees.store(made, label=label)
    tree.specs = {each.class_path: to_json(each) for each in specs}
    tree.save(update_fields=["specs"])
    return tree


def serve(tree: SourceTree, key: str = "folder") -> Source:
    """Have the version serve as the code of a source."""
    return Source.objects.update_or_create(key=key, defaults={"kind": "local", "tree": tree})[0]

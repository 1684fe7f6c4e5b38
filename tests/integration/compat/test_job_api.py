"""Every name that the peer documents on job classes, and what each of them gives."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from netaddr import IPAddress, IPNetwork

from jobsmith import compat
from jobsmith.jobs import describe
from jobsmith.models import JobFile
from jobsmith_server.inventory.models import Site

pytestmark = pytest.mark.django_db

ON_CLASS = (
    *("class_path", "class_path_dotted", "class_path_js_escaped", "registered_name", "file_path"),
    *("grouping", "name", "description", "description_first_line", "dryrun_default"),
    *("console_log_default", "field_order", "has_sensitive_variables", "hidden", "is_singleton"),
    *("read_only", "soft_time_limit", "time_limit", "task_queues", "template_name"),
    *("supports_dryrun", "properties_dict", "singleton_cache_key"),
    *("as_form", "as_form_class", "as_execution_form", "validate_data", "serialize_data"),
    *("deserialize_data", "prepare_job_kwargs"),
)
ON_INSTANCE = (
    *("logger", "job_result", "job_model", "celery_kwargs", "user", "request", "fail"),
    *("create_file", "load_yaml", "load_json", "before_start", "run", "on_success"),
    *("on_failure", "on_retry", "after_return"),
)


@pytest.fixture
def job() -> Iterator[Any]:
    """A job class with an input of each kind that is more than text."""
    compat.switch_on()
    from nautobot.apps import jobs as peer

    class Sends(peer.Job):  # type: ignore[misc, name-defined]
        site = peer.ObjectVar(model=Site)
        others = peer.MultiObjectVar(model=Site, required=False)
        paper = peer.FileVar(required=False)
        address = peer.IPAddressVar(required=False)
        network = peer.IPNetworkVar(required=False)
        number = peer.IntegerVar(default=3, min_value=1)
        flag = peer.BooleanVar()

        class Meta:
            is_singleton = True
            console_log_default = True
            task_queues = ("priority", "bulk")

    yield Sends
    compat.switch_off()


@pytest.fixture
def site() -> Site:
    return Site.objects.create(name="Oslo")


def refusal(job: Any, data: Any) -> Any:
    with pytest.raises(ValidationError) as refused:
        job.validate_data(data)
    error = refused.value
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def test_every_documented_name_is_there(job: Any) -> None:
    assert [name for name in ON_CLASS if not hasattr(job, name)] == []
    assert [name for name in ON_INSTANCE if not hasattr(type(job()), name)] == []


def test_a_class_that_does_not_override_it_does_not_validate(job: Any) -> None:
    own = type("Own", (job,), {"validate_data": classmethod(lambda cls, data, files=None: data)})
    assert not describe(job).validates_data
    assert describe(own).validates_data


def test_a_form_cleans_every_variable(job: Any, site: Site) -> None:
    form = job.as_form({"site": site.pk, "number": "4", "network": "192.0.2.0/24"})
    assert form.is_valid(), form.errors
    assert list(form.fields) == list(job.variables())
    assert (form.cleaned_data["site"], form.cleaned_data["number"]) == (site, 4)
    assert form.cleaned_data["network"] == IPNetwork("192.0.2.0/24")
    assert form.cleaned_data["flag"] is False
    again = job.as_form_class()({"site": site.pk}, None, {"number": 5})
    assert again.errors == {"number": ["This field is required."]}
    assert job.as_form(initial={"number": 5}).initial["number"] == 5
    assert job.as_form().initial["number"] == 3
    assert all(field.disabled for field in job.as_form(approval_view=True).fields.values())


def test_an_execution_form_asks_how_to_run(job: Any) -> None:
    form = job.as_execution_form()
    names = ["_profile", "_console_log", "_job_queue", "_ignore_singleton_lock"]
    assert list(form.fields) == names
    assert form.fields["_console_log"].initial is True
    assert form.fields["_job_queue"].choices == [("priority", "priority"), ("bulk", "bulk")]
    assert form.fields["_profile"].widget.is_hidden
    assert all(each.disabled for each in job.as_execution_form(approval_view=True).fields.values())


def test_data_is_validated_with_the_documented_words(job: Any, site: Site) -> None:
    cleaned = job.validate_data({"site": str(site.pk), "number": 2, "address": "192.0.2.1"})
    assert (cleaned["site"], cleaned["address"]) == (site, IPAddress("192.0.2.1"))
    assert refusal(job, ["site"]) == ["Job data needs to be a dict"]
    unknown = {"nonsense": ["Job data contained an unknown property"]}
    assert refusal(job, {"nonsense": 1}) == unknown
    assert refusal(job, {"site": None}) == ["site is a required field"]
    assert list(refusal(job, {"site": site.pk, "number": 0})) == ["number"]


def test_data_goes_to_json_and_back(job: Any, site: Site) -> None:
    paper = ContentFile(b"what it says", name="paper.txt")
    sites = Site.objects.filter(pk=site.pk)
    given = {"site": site, "others": sites, "address": IPAddress("192.0.2.1"), "paper": paper}
    kept = job.serialize_data({**given, "number": 4})
    file = JobFile.objects.get()
    assert kept == {
        "site": site.pk,
        "others": [site.pk],
        "address": "192.0.2.1",
        "paper": {"file": str(file.pk), "name": "paper.txt"},
        "number": 4,
    }
    back = job.deserialize_data({**kept, "_queue": "bulk"})
    with back.pop("paper") as again:
        assert again.read() == b"what it says"
    assert list(back.pop("others")) == [site]
    assert back == {"site": site, "address": IPAddress("192.0.2.1"), "number": 4}
    assert job.deserialize_data({"site": {"name": "Oslo"}})["site"] == site


def test_data_that_is_gone_or_missing_is_told_on_the_way_back(job: Any) -> None:
    gone = 2_000_000
    with pytest.raises(Site.DoesNotExist, match="requested objects for var others"):
        job.deserialize_data({"others": [gone]})
    with pytest.raises(Site.DoesNotExist):
        job.deserialize_data({"site": gone})
    with pytest.raises(ValidationError, match="site is a required field"):
        job.deserialize_data({"site": None})
    with pytest.raises(TypeError):
        job.deserialize_data("site")
    assert job.prepare_job_kwargs({"site": 1, "_queue": 2}) == {"site": 1}

"""Addresses that a run writes into its log lead to the host's pages, wherever they are mounted."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import clear_script_prefix, include, path, set_script_prefix, set_urlconf

from jobsmith.engines.inline import run_now
from jobsmith.models import JobResult
from tests.support.factories import make_admin

Make = Callable[..., JobResult]

urlpatterns = [path("automation/", include("jobsmith.urls"))]


@pytest.fixture
def mounted() -> Iterator[Callable[..., None]]:
    """Other addresses for this test: a module of them, and a prefix of the server."""

    def mount(module: str, prefix: str = "/") -> None:
        set_urlconf(module)
        set_script_prefix(prefix)

    yield mount
    set_urlconf(None)
    clear_script_prefix()


def file_line(result: JobResult) -> str:
    assert result.status == "SUCCESS", result.traceback
    return result.job_log_entries.get(grouping="create_file").message


def test_the_address_of_a_file_leads_to_it(make_result: Make) -> None:
    result = run_now(make_result("Talks"))
    address = f"/runs/{result.pk}/files/{result.files.get().pk}/"
    assert file_line(result) == f"Created file [report.txt]({address})"
    browser = Client()
    browser.force_login(make_admin())
    assert b"".join(browser.get(address)) == b"content\n" * 10


def test_it_honours_the_prefix_of_the_server_and_the_mount_of_the_host(
    make_result: Make, mounted: Callable[..., None]
) -> None:
    mounted(__name__, "/tools/")
    result = run_now(make_result("Talks"))
    assert f"](/tools/automation/runs/{result.pk}/files/" in file_line(result)


@pytest.mark.parametrize("urls", ["jobsmith.api.urls", "nowhere.at.all"])
def test_a_worker_whose_host_has_no_pages_runs_jobs_too(
    make_result: Make, mounted: Callable[..., None], urls: str
) -> None:
    mounted(urls)
    result = run_now(make_result("Talks"))
    assert f"](/runs/{result.pk}/files/" in file_line(result)

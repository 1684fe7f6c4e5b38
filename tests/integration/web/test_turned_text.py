"""Characters that turn the direction of text are shown in pages, and turn nothing around them."""

import pytest

from jobsmith.models import JobFile
from jobsmith.web.words import by_turns
from tests.support import factories as make

TURNED = "invoice\u202efdp.exe"


@pytest.mark.parametrize(
    "mark", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
)
def test_text_is_parted_at_every_such_character(mark):
    assert by_turns(f"a{mark}b") == [("a", mark), ("b", "")]


def test_other_text_stays_in_one_piece():
    assert by_turns("שלום, <b>") == [("שלום, <b>", "")]
    assert by_turns("") == [("", "")]


@pytest.mark.django_db
def test_the_name_of_a_file_and_a_failure_show_them(client):
    run = make.make_result(
        status="FAILURE", result={"exc_type": "ValueError", "exc_message": [f"<b>{TURNED}"]}
    )
    JobFile.objects.create(job_result=run, name=TURNED, size=1)
    page = client.get(run.get_absolute_url()).content.decode()
    shown = 'invoice<span class="jsm-turn" data-code="U+202E">\u202e</span>fdp.exe'
    assert f"<span>{shown}</span>" in page
    assert f"&lt;b&gt;{shown}" in page


@pytest.mark.django_db
def test_inputs_show_them_to_whoever_approves_or_reads(client):
    run = make.make_result(task_kwargs={"site": TURNED})
    page = client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert 'invoice<span class="jsm-turn" data-code="U+202E">\u202e</span>fdp.exe' in page

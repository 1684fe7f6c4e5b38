"""What comes into a sandbox, told by its command line and its environment."""

import os
from pathlib import Path

import pytest

from jobsmith.processes.environment import is_secret
from jobsmith.processes.sandbox import Identity, Sandbox

GIVEN = {
    "PATH": "/bin",
    "LC_ALL": "C.UTF-8",
    "DJANGO_SETTINGS_MODULE": "host.settings",
    "JOBSMITH_HOME": "/srv/home",
    "JOBSMITH_SECRET_KEY": "the real one",
    "JOBSMITH_SECRET_KEYS": "all of them",
    "JOBSMITH_SECRET_KEY_FILE": "/run/secrets/key",
    "JOBSMITH_BROKER_URL": "amqp://u:p@broker",
    "JOBSMITH_JOB_QUEUE_OF_HOST": "not ours",
    "JOBSMITH_COMMAND": "https://u:p@wiki/x",
    "PYTHONWARNINGS": "ignore",
    "PYTHONPROXY": "http://:p@proxy:80",
    "JOBSMITH_PLUGINS_CONFIG": '{"x": {"token": "t"}}',
    "DATABASE_URL": "postgres://u:p@db/x",
    "DATABASE_URL_FILE": "/run/secrets/db",
    "PGPASSWORD": "p",
    "AWS_ACCESS_KEY_ID": "a",
    "HOST_REGION": "eu",
    "HOST_TOKEN": "t",
    "HOST_MAIL": "smtp://u:p@mail",
}
ALWAYS = {
    *("PATH", "LC_ALL", "DJANGO_SETTINGS_MODULE", "JOBSMITH_HOME", "HOME", "TMPDIR"),
    "PYTHONWARNINGS",
}
OURS = {"SECRET_KEY", "DJANGO_SECRET_KEY", "JOBSMITH_SECRET_KEY", "JOBSMITH_SANDBOX"}


def sandbox(*, database: bool = False, **more: object) -> Sandbox:
    return Sandbox(
        **{"level": "x", "name": "", "database": database, "network": database} | more  # type: ignore[arg-type]
    )


def mounts(box: Sandbox) -> list[tuple[str, str]]:
    """Kind and place of each mount, in their order."""
    words = box.command(["true"])
    kinds = {"--ro-bind": 2, "--bind": 2, "--tmpfs": 1, "--symlink": 2}
    return [(word, words[i + kinds[word]]) for i, word in enumerate(words) if word in kinds]


def test_variables_come_by_an_allow_list_and_keys_are_fresh() -> None:
    names = {"variables": ("HOST_REGION", "HOST_TOKEN", "HOST_MAIL")}
    untrusted = sandbox(**names).environment(GIVEN)
    assert set(untrusted) == ALWAYS | OURS | {"HOST_REGION", "HOST_TOKEN", "HOST_MAIL"}
    assert untrusted["HOST_TOKEN"] != "t"
    assert "p@" not in untrusted["HOST_MAIL"]
    assert untrusted["JOBSMITH_SECRET_KEY"] != "the real one"
    trusted = sandbox(database=True, **names).environment(GIVEN)
    assert trusted["HOST_TOKEN"] == "t"
    more = {"DATABASE_URL", "PGPASSWORD", "JOBSMITH_PLUGINS_CONFIG"}
    assert set(trusted) - set(untrusted) == more
    assert untrusted["HOME"] == untrusted["TMPDIR"] == "/tmp"


def test_a_folder_inside_a_hidden_one_covers_it(tmp_path: Path) -> None:
    for each in ("home/trees/one", "home/db"):
        (tmp_path / each).mkdir(parents=True)
    home = str(tmp_path / "home")
    box = sandbox(hide=(home,), read=(f"{home}/trees/one",), write=(f"{home}/db",))
    found = [(kind, place) for kind, place in mounts(box) if place.startswith(str(tmp_path))]
    assert found == [
        ("--tmpfs", home),
        ("--bind", f"{home}/db"),
        ("--ro-bind", f"{home}/trees/one"),
    ]


def test_links_are_made_anew_and_lead_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "real" / "code").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    box = sandbox(read=(str(tmp_path / "link" / "code"),))
    found = [(kind, place) for kind, place in mounts(box) if place.startswith(str(tmp_path))]
    assert found == [
        ("--symlink", str(tmp_path / "link")),
        ("--ro-bind", str(tmp_path / "real" / "code")),
    ]


def test_no_whole_home_is_read_even_where_python_looks_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend("/")
    places = {place for _, place in mounts(sandbox())}
    assert not {"/", str(tmp_path)} & places


def test_only_what_asks_for_a_network_keeps_it_and_nothing_keeps_rights() -> None:
    assert "--unshare-net" in sandbox().command(["true"])
    words = sandbox(database=True).command(["true"], dies_with_caller=True)
    assert "--unshare-net" not in words
    assert {"--unshare-user", "--unshare-pid", "--cap-drop", "--die-with-parent"} <= set(words)
    assert words[-2:] == ["--", "true"]


def test_root_becomes_the_user_that_it_is_given() -> None:
    assert sandbox().start_as() == {}
    somebody = Identity(uid=os.getuid() + 1, gid=7)
    assert sandbox(identity=somebody).start_as()["user"] == os.getuid() + 1


def test_a_secret_of_ours_goes_by_its_name_whatever_the_word() -> None:
    secret = ("JOBSMITH_MAIL_CREDENTIALS", "JOBSMITH_API_KEY", "JOBSMITH_SECRET_KEY", "PGPASSWORD")
    assert all(map(is_secret, secret))
    assert not any(map(is_secret, ("JOBSMITH_HOME", "HOST_API_KEY")))

"""Behaviours that end by themselves: each does what it may not, and tells whether it could."""

import ctypes
import glob
import hashlib
import os
import signal
import socket
import sys
import tempfile

from jobsmith.jobs import Job, JSONVar, register_jobs

MIB = 1024**2


def read(path):
    with open(path, "rb") as file:
        return bool(file.read(16))


def reads_code_of_other_sources(facts):
    return read(facts["other_tree"])


def reads_the_folder_that_jobs_come_from(facts):
    return read(facts["jobs_file"])


def reads_the_key_file_of_the_server(facts):
    return read(facts["key_file"])


def knows_the_secret_key_from_the_settings(facts):
    from django.conf import settings

    return hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest() == facts["key_hash"]


def reads_environments_of_other_processes(facts):
    mark = facts["canary"].encode()
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if mark in file.read():
                    return True
        except OSError:
            pass
    return False


def reads_files_of_other_runs(facts):
    return read(facts["run_file"])


def reads_a_file_elsewhere_on_the_machine(facts):
    return read(facts["private_file"])


def reads_what_others_left_in_tmp(facts):
    return read(facts["tmp_file"])


def sees_the_processes_of_the_server(facts):
    return os.path.exists(f"/proc/{facts['worker']}/cmdline")


def attaches_to_the_worker_with_ptrace(facts):
    attach, detach = 16, 17
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(attach, facts["worker"], 0, 0) != 0:
        return False
    os.waitpid(facts["worker"], 0x40000000)
    return libc.ptrace(detach, facts["worker"], 0, 0) == 0


def reads_the_memory_of_the_worker(facts):
    with open(f"/proc/{facts['worker']}/maps") as file:
        return bool(file.readline())


def signals_the_worker(facts):
    os.kill(facts["worker"], signal.SIGCONT)
    return True


def make(path):
    with open(path, "x"):
        pass
    os.unlink(path)
    return True


def writes_into_the_home_of_the_server(facts):
    with open(os.path.join(facts["home"], "left-behind"), "x"):
        pass
    return "look:home"


def changes_its_own_code(facts):
    return make(os.path.join(os.path.dirname(__file__), "added.py"))


def changes_its_own_code_for_the_next_run(facts):
    left = os.path.join(os.path.dirname(__file__), "left.py")
    if os.path.exists(left):
        return True
    with open(left, "x"):
        return False


def changes_the_code_of_the_server(facts):
    return make(os.path.join(facts["package"], "added.py"))


def changes_an_installed_package(facts):
    import django

    return make(os.path.join(os.path.dirname(django.__file__), "added.py"))


def writes_beside_its_own_folders(facts):
    for folder in ("/", "/dev", "/usr", "/etc"):
        try:
            return make(os.path.join(folder, "added-by-a-job"))
        except OSError:
            pass
    return False


def leaves_a_file_in_tmp_for_others(facts):
    with open(facts["tmp_left"], "x"):
        pass
    return "look:tmp"


def fills_tmp(facts):
    with tempfile.TemporaryFile() as file:
        for _ in range(280):
            file.write(b"x" * MIB)
            file.flush()
    return True


def connects_to_a_port_of_this_machine(facts):
    socket.create_connection(("127.0.0.1", facts["port"]), 2).close()
    return True


def connects_to_a_socket_file(facts):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(facts["socket_file"])
    return True


def connects_to_an_abstract_socket(facts):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0" + facts["abstract"])
    return True


def sees_the_connections_of_the_machine(facts):
    with open("/proc/net/tcp") as file:
        return f":{facts['port']:04X} " in file.read()


def reads_password_hashes(facts):
    from django.contrib.auth import get_user_model

    return bool(get_user_model().objects.values_list("password", flat=True)[:1])


def makes_itself_an_administrator(facts):
    from django.contrib.auth import get_user_model

    users = get_user_model().objects.filter(username=facts["user"])
    return users.update(is_superuser=True) == 1


def changes_another_run(facts):
    from jobsmith.models import JobResult

    return JobResult.objects.filter(pk=facts["run"]).update(name="changed") == 1


def edits_the_record_of_changes(facts):
    from jobsmith.models import ObjectChange

    return ObjectChange.objects.filter(user_name="nobody").update(user_name="x") >= 0


def opens_sealed_inputs(facts):
    from jobsmith.inputs.vault import open_sealed

    return bool(open_sealed(facts["sealed"]))


def knows_how_to_reach_the_database(facts):
    from django.conf import settings

    return facts["database"] in str(settings.DATABASES) + os.environ.get("DATABASE_URL", "")


def changes_the_program_for_the_next_run(facts):
    import django

    was_changed = hasattr(django, "changed_by_a_run")
    django.changed_by_a_run = True
    sys.modules["json"].changed_by_a_run = True
    return was_changed


BEHAVIOURS = {
    name: each
    for name, each in list(globals().items())
    if getattr(each, "__code__", None)
    and each.__code__.co_varnames[:1] == ("facts",)
    and each.__module__ == __name__
}


class Tries(Job):
    facts = JSONVar()

    def run(self, facts):
        return {name: self.tried(behaviour, facts) for name, behaviour in BEHAVIOURS.items()}

    def tried(self, behaviour, facts):
        try:
            return behaviour(facts)
        except Exception as error:
            self.logger.info("%s: %s: %s", behaviour.__name__, type(error).__name__, error)
            return False


register_jobs(Tries)

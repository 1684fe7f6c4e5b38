"""What a spec must keep to before a record is made of it."""

from dataclasses import replace

from jobsmith.errors import NotStorable, TooDeep
from jobsmith.processes.text import clean
from jobsmith.received import check_json
from jobsmith.specs import JobSpec, Problem, to_json

CODE_LENGTH = 100
NAME_LENGTH = 100
GROUPING_LENGTH = 255


def judged(spec: JobSpec, *, is_package: bool) -> tuple[JobSpec | None, list[Problem]]:
    """The spec as it may be stored, or None, and what is to be said about it."""
    refusal = _refusal(spec)
    if refusal:
        return None, [_problem(spec, "job_refused", refusal, severity="error")]
    remarks: list[Problem] = []
    for field, most in (("name", NAME_LENGTH), ("grouping", GROUPING_LENGTH)):
        if len(getattr(spec, field)) > most:
            text = f"The {field} is cut to {most} characters."
            remarks.append(_problem(spec, f"{field}_cut", text))
            spec = replace(spec, **{field: getattr(spec, field)[:most]})
    if spec.template_name and not is_package:
        text = "template_name is honoured only for jobs of installed packages."
        remarks.append(_problem(spec, "template_name_ignored", text))
        spec = replace(spec, template_name="")
    return spec, remarks


def _refusal(spec: JobSpec) -> str:
    try:
        check_json(to_json(spec))
    except (NotStorable, TooDeep) as error:
        return f"Its class cannot be recorded. {error.message}"
    for what, text in (("module", spec.module_name), ("class", spec.job_class_name)):
        if len(text) > CODE_LENGTH:
            return f"The name of its {what} is longer than {CODE_LENGTH} characters."
    if spec.is_job_hook_receiver and spec.is_job_button_receiver:
        return "A job cannot receive both job hooks and job buttons."
    return ""


def _problem(spec: JobSpec, code: str, text: str, severity: str = "warning") -> Problem:
    message = f"{clean(spec.job_class_name)[:NAME_LENGTH]}: {text}"
    return Problem(
        code=code, message=message, file=clean(spec.file), line=spec.line, severity=severity
    )

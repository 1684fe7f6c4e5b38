"""Texts of job buttons: what they say, and what they cannot do."""

from typing import Any

import pytest

from jobsmith.texts import MOST_SHOWN, TextBroken, read

VALUES: dict[tuple[str, ...], Any] = {
    ("obj",): "sw1",
    ("obj", "name"): "sw1",
    ("obj", "role"): "switch",
    ("obj", "units"): 3,
    ("obj", "site", "name"): "<b>Hall</b>",
    ("user", "username"): "olga",
}


def said(text: str) -> str:
    return read(text).render(VALUES.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reboot", "Reboot"),
        ("", ""),
        ("Reboot {{ obj }}", "Reboot sw1"),
        ("Reboot {{obj.name}} at {{ obj.site.name }}", "Reboot sw1 at <b>Hall</b>"),
        ("{{ obj.name | upper }} {{ obj.role|capitalize|length }}", "SW1 6"),
        ("{{ obj.gone }}|{{ obj.gone|default('none') }}", "|none"),
        ("{% if obj.role == 'switch' %}Switch{% else %}Other{% endif %}", "Switch"),
        ("{% if obj.role == 'router' %}Router{% elif obj.units >= 3 %}Tall{% endif %}", "Tall"),
        ("{%- if not obj.gone and (obj.units < 2 or true) -%} yes {%- endif -%}", "yes"),
        (
            "{% if 'swi' in obj.role %}in{% endif %}{% if 'x' not in obj.role %}out{% endif %}",
            "inout",
        ),
        ("{% if obj.units > 'a' %}odd{% endif %}", ""),
        (
            "{% if obj.units %}{% if user.username %}{{ user.username }}{% endif %}{% endif %}",
            "olga",
        ),
        ("a{# a remark #}b", "ab"),
        ("two\n  lines", "two lines"),
        ("{{ obj.units == 3.0 }}", "True"),
    ],
)
def test_a_text_says(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ obj.name",
        "{% if obj.name %}",
        "{% endif %}",
        "{% for each in obj %}{% endfor %}",
        "{% include 'secrets.html' %}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{{ obj.delete() }}",
        "{{ obj['name'] }}",
        "{{ obj.__class__ }}",
        "{{ obj._meta.app_label }}",
        "{{ request.session }}",
        "{{ settings.SECRET_KEY }}",
        "{{ config }}",
        "{{ obj.name|attr('x') }}",
        "{{ obj.name|safe }}",
        "{{ 'a' ~ 'b' }}",
        "{{ 10 ** 10 }}",
        "{{ [1, 2] }}",
        "{{ }}",
        "{{ obj.name obj.name }}",
        "{{ (obj.name }}",
        "{{ " + "(" * 200 + "obj" + ")" * 200 + " }}",
        "{% if obj %}" * 30 + "{% endif %}" * 30,
        "{{ obj.name and }}",
        "{{ 'open }}",
        "{{ obj.näme }}",
    ],
)
def test_what_is_no_such_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(TextBroken, match=r"\."):
        read(text)


def test_names_are_all_that_a_text_can_ask_for() -> None:
    assert read("{% if obj.a %}{{ obj.b.c|default(user.id) }}{% endif %}").paths == {
        ("obj", "a"),
        ("obj", "b", "c"),
        ("user", "id"),
    }


def test_what_is_said_is_short() -> None:
    assert len(read("{{ obj.name }}").render(lambda _: "x" * 5000)) == MOST_SHOWN


def test_a_chain_of_defaults_asks_once_for_each() -> None:
    asked: list[object] = []
    text = read("{{ obj" + "|default(obj.a)" * 30 + " }}")
    assert text.render(lambda path: asked.append(path)) == ""
    assert len(asked) == 31

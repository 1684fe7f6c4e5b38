"""Values that have broken servers, in the forms in which a door can be sent them."""

import json
from urllib.parse import quote

UNSTORABLE = ("\x00", "a\x00b")
NUMBERS = (
    *("0", "-1", "9" * 30, "9" * 5_000, str(2**63), str(-(2**63) - 1), str(2**31)),
    *("1" + "0" * 400, "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "0x10", "1_0"),
    *("\u0661\u0662", "\u00b2", "1,5"),
)
TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31", "0001-01-01"),
    *("2026-02-30", "2026-13-01T25:61:61Z", "2026-03-29T02:30:00", "24:00", "@0"),
    *("2026-01-01T00:00:00+99:99", "10000-01-01"),
)
KEYS = (
    *("null", "None", "undefined", "true", "00000000-0000-0000-0000-000000000000", "{}", "[]"),
    *("urn:uuid:00000000-0000-0000-0000-000000000000", "0" * 32, "-", "pk"),
)
WORDS = (
    *("", " ", "\t\r\n", "\u00a0", "\u200b", "\ufeff", "\u202eabc\u202c", "\u2066x\u2069"),
    *("a" + "\u0301" * 5_000, "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ud7ff\uffff"),
    *("x" * 256, "x" * 70_000, "\u0130\u0131\ufb03\u00df", "a\r\nSet-Cookie: x=1", "\x1b[2J"),
    *("\x1b]8;;http://evil.example\x07x", "\x7f\x80\x9f", "\u2028\u2029", "\x01\x02\x1f"),
)
CODE = (
    *("__proto__", "constructor", "__class__", "self", "cls", "request", "_job_queue", "job"),
    *("{{ 7*7 }}", "{% debug %}", "${7*7}", "%s%s%n", "{0.__class__}", "%(x)s", "{", "}"),
    *("=1+1", "@SUM(A1)", "+1|cmd", "' OR 1=1 --", "'; DROP TABLE x; --", '"', "\\", "%", "_"),
    *("<script>pwned()</script>", "../../etc/passwd", "..\\..", "/dev/null", "file:///etc/passwd"),
    *("(", "[", "*", "(a+)+$", "(?P<x>", "\\", "a{99999}", "CON", "http://[::1", "::/129", "1.2.3"),
    *("name__regex", "password", "user__password", "pk__in", ",", ",,-", "-name,name"),
)
TEXTS = tuple(dict.fromkeys((*UNSTORABLE, *NUMBERS, *TIMES, *KEYS, *WORDS, *CODE)))
"""As text, for queries, forms and arguments."""
FEW = (
    *("\x00", "9" * 30, "9" * 5_000, "1e400", "NaN", "0001-01-01T00:00:00+14:00", "x" * 5_000),
    *("9999-12-31T23:59:59-12:00", "\ud7ff\U0001f468", "(", "%", "null"),
)
"""The ones that found most, for where there are very many places to send them."""

_RAW = (
    *(
        '"\\u0000"',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '{"\\ud800": 1}',
        '{"\\u0000": 1}',
        '["\\ud800"]',
    ),
    *(
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.5",
        str(2**63),
        "9" * 30,
        "9" * 5_000,
        "1" + "0" * 400,
    ),
    *(
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-0",
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "[null]",
        '[""]',
        "[1]",
    ),
    *("[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101, "[" * 900 + "]" * 900, "[" * 3_000),
    *(
        "[" * 2_000 + "]" * 2_000,
        '{"a":1,"a":2}',
        '{"__proto__":{"x":1}}',
        '{"id":"x"}',
        '{"id":[]}',
    ),
    *('{"name":{}}', '{"pk":null}', '[["a","b"]]', "[" + "1," * 20_000 + "1]", '"\\ud83d\\ude00"'),
    *('{"id":{"id":{}}}', "[true,false]", '{"name__regex":"("}', '{"pk__in":[1]}', '[{"id":1}]'),
)
FEW_RAW = tuple(dict.fromkeys((*_RAW[:8], *_RAW[11:25], "[" * 900 + "]" * 900, '{"id":[]}')))
JSON = tuple(dict.fromkeys((*_RAW, *map(json.dumps, TEXTS))))
"""As JSON, some of it not even that."""
KINDS = (
    *(
        "null",
        "true",
        "0",
        "1.5",
        "-1",
        str(2**63),
        "9" * 30,
        "[]",
        "{}",
        '["a"]',
        "[null]",
        "[{}]",
    ),
    *(
        "[[1]]",
        '{"id":{}}',
        '{"name":"a"}',
        '""',
        '"\\u202ex\\u0301\\u200b"',
        json.dumps("x" * 70_000),
    ),
)
"""One of each kind, for every field."""
HUGE = "x" * 10_000_000
BODIES = tuple(
    each.encode() if isinstance(each, str) else each
    for each in (
        *("", " ", "[]", '"x"', "1", "null", "{", "}", "[{}]", '{"":1}', "[[1]]", "true", "\x00"),
        *("[" * 100_000, '{"a":' * 50_000, "[" + "{}," * 5_000 + "{}]", '{"\\ud800":1}'),
        *(b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"\xff", '{"a":1}{"b":2}', "{'a':1}", "a=1&b=2", "--x"),
    )
)
TYPES = (
    *("application/json; charset=utf-16", "application/json; charset=x", "text/plain", "", ";"),
    *("application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary="),
    *("multipart/form-data; boundary=" + "b" * 300, "application/json;;;q=1", "a/b/c", "*/*"),
)
HEADERS = (
    *("Authorization", "Accept", "Accept-Language", "Cookie", "Idempotency-Key", "If-None-Match"),
    *("If-Modified-Since", "Last-Event-ID", "Origin", "Range", "Referer", "X-Request-ID"),
    *("X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Proto", "HX-Request", "HX-Current-URL"),
    *("HX-Target", "HX-Trigger", "X-HTTP-Method-Override", "Forwarded", "User-Agent"),
)
IN_HEADERS = tuple(
    each.encode("utf-8").decode("latin-1")
    for each in TEXTS
    if len(each) < 10_000 and not {"\r", "\n", "\x00"} & set(each)
)
PATHS = (
    *map(quote, FEW),
    *("%00", "%ff", "%c0%80", "%ed%a0%80", "..", "%2e%2e", "%2f", "%5c", ";a=1", "a%0d%0ab", "%25"),
    *("%E2%80%AE", "null", "-1", "0" * 32, "*", "%", "%zz", "a" * 3_000),
)

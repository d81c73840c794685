"""Strings that break careless programs: our own list, one kind a group."""

from __future__ import annotations

EMPTY = ["", " ", "\t\n", "\u00a0", "\u200b", "\u3000", "\ufeff", "\u2800"]
CONTROL = [
    "\0",
    "heel\0hurts",
    "\x07\x1b[31mred\x1b[0m",
    "\x7f",
    "\u0085",
    "\u2028line\u2029",
    "\r\nSet-Cookie: a=b",
]
UNICODE = [
    "e\u0301" * 50,
    "Z\u0351\u0348\u0329a\u034c\u0355l\u0360g\u0323o",
    "\u202eright to left",
    "\ud83d\ude00" * 40,
    "\ud800",
    "\U0010ffff",
    "ﬀ ﷺ Ⅷ ①",
    "👩‍👩‍👧‍👦🦶🏽",
    "٣ ۴ ५ days",
    "İstanbul ſtraße",
]
NUMBERS = ["0", "-1", "1e309", "NaN", "Infinity", "0x7f", "1/0", "９９", "2147483648", "1" * 400, "½ hour"]
WORDS_OF_PROGRAMS = [
    "null",
    "None",
    "undefined",
    "true",
    "__proto__",
    "constructor",
    "{{7*7}}",
    "${7*7}",
    "%s%n%d",
    "{0}",
]
MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "</title><h1>hello",
    "&lt;b&gt;",
    "<!--",
    "]]>",
    "[click](javascript:alert(1))",
    "<@U123> <!channel>",
]
QUERIES = [
    "' OR '1'='1",
    "'; DROP TABLE events; --",
    '" UNION SELECT data FROM events',
    "%27",
    "1; SELECT pg_sleep(9)",
]
PATHS = [
    "../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd%00",
    "file:///etc/passwd",
    "....//",
    "%2e%2e%2f",
    "CON",
]
SHELL = ["$(sleep 9)", "`id`", "| cat /etc/passwd", "&& echo", "\\"]
COMMANDS = [
    "/restart",
    "/back",
    "/session_start",
    '/tell{"finding": "x"}',
    "//greet",
    "/ask/privacy",
    "/" * 300,
]
PATTERNS = [
    "a" * 3000 + "!",
    "no " * 900,
    "(" * 2000,
    "left " * 700,
    "…" * 1500,
    "'" * 2500,
    "-" * 3999,
    "not" + " not" * 800,
]
STRINGS = [
    *EMPTY,
    *CONTROL,
    *UNICODE,
    *NUMBERS,
    *WORDS_OF_PROGRAMS,
    *MARKUP,
    *QUERIES,
    *PATHS,
    *SHELL,
    *COMMANDS,
    *PATTERNS,
]

BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"\xff\xfe\x00",
    b'{"text": "\xc3\x28"}',
    b'{"text": 1}',
    b'{"text": null}',
    b'{"text": ["a"]}',
    b'{"text": {"$gt": ""}}',
    b'{"text": "a", "text": "b"}',
    b'{"text": "a", "payload": "/greet"}',
    b'{"text": NaN}',
    b'{"payload": 1}',
    b'{"payload": "/restart"}',
    b'{"payload": "/tell{\\"finding\\": \\"x\\"}"}',
    b'{"payload": "/ask{\\"topic\\": \\"' + b"x" * 500 + b'\\"}"}',
    b'{"text": "\\ud800"}',
    b"[" * 20_000,
    b'{"text": "' + b"a" * 70_000 + b'"}',
    b"--boundary\r\nContent-Disposition: form-data\r\n\r\nx",
]
HEADERS = [
    {"Cookie": "sole_spine=../../x"},
    {"Cookie": "sole_spine=" + "a" * 4000},
    {"Cookie": "sole_spine=a.b; sole_spine=c.d"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Content-Type": "text/html"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Encoding": "gzip"},
    {"X-Request-Id": "<script>"},
    {"X-Forwarded-For": "' OR 1=1"},
    {"Range": "bytes=0-"},
    {"Accept": "*/*;q=" + "9" * 300},
]

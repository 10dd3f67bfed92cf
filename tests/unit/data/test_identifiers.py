"""Known numbers of each form, and the same with a digit wrong."""

from __future__ import annotations

import pytest

from millrace.data import identifiers


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("an e-mail address", "anna.o-brien+tag@mail.example.co.uk"),
        ("an e-mail address", "write to Anna <anna@example.com>, please"),
        ("an IBAN", "DE89 3704 0044 0532 0130 00"),
        ("an IBAN", "GB29NWBK60161331926819"),
        ("a payment card", "4111 1111 1111 1111"),
        ("a payment card", "378282246310005"),
        ("a national identity number", "123-45-6789"),
        ("a national identity number", "AB 12 34 56 C"),
        ("a national identity number", "12345678Z"),
        ("a national identity number", "X1234567L"),
        ("an IP address", "192.168.1.254"),
        ("an IP address", "2001:db8::1"),
        ("a telephone number", "+49 (30) 1234567"),
        ("a telephone number", "0049 30 1234567"),
        ("a telephone number", "(212) 555-0199"),
        ("a telephone number", "030 1234 5678"),
    ],
)
def test_what_is_one(kind: str, text: str) -> None:
    assert [name for name, (tells, _) in identifiers.PATTERNS.items() if tells(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        *("", "anna@home", "@anna", "pkg@1.2.3", "DE88370400440532013000", "4111111111111112", "4111-1111 1111-1111"),
        *("000-45-6789", "123-00-6789", "912-34-5678", "BG123456A", "12345678A", "Y1234567L", "1.2.3.4", "1.2.3"),
        *("256.1.1.1", "12:30:45", "2024-01-31", "31.01.2024", "00123456789", "1990-1995", "978-3-16-148410-0"),
    ],
)
def test_what_is_none(text: str) -> None:
    assert [name for name, (tells, _) in identifiers.PATTERNS.items() if tells(text)] == []

"""Written forms of what identifies a person, each with the arithmetic that tells it from a number that looks alike."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
_PHONE = re.compile(
    r"\+[1-9](?:[\s().\-/]{0,2}[0-9]){7,14}"  # with the country's code, here and on the next line
    r"|00[1-9][0-9]{0,2}[\s().\-/]{1,2}[0-9](?:[\s().\-/]{0,2}[0-9]){5,11}"
    r"|\(?[2-9][0-9]{2}\)?[\s.\-]{1,2}[0-9]{3}[\s.\-][0-9]{4}"  # North America
    r"|\(?0[1-9][0-9]{1,4}\)?[\s\-/]{1,3}[0-9]{3,4}(?:[\s\-]?[0-9]{2,4}){1,3}"  # a trunk's nought
)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[2-6][0-9]{3}([ -]?)(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{6}\1[0-9]{5})")
_SSN = re.compile(r"(?!000|666|9[0-9]{2})[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}")
_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]")
_DNI = re.compile(r"([XYZ]?)-?([0-9]{7,8})-?([A-HJ-NP-TV-Z])")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"  # the remainder by 23: Spain, Real Decreto 1553/2005
_SMALL_OCTET = 32  # an address of four smaller numbers is more often a version


def is_email(text: str) -> bool:
    """An address anywhere in the text, in the common part of RFC 5322's grammar."""
    return "@" in text and _EMAIL.search(text) is not None


def is_phone(text: str) -> bool:
    """A telephone number with its country's code, as North America writes it, or with a trunk's nought and groups."""
    return _PHONE.fullmatch(text) is not None


def is_iban(text: str) -> bool:
    """An account number whose remainder by 97 is 1 (ISO 13616, ISO 7064)."""
    compact = text.replace(" ", "")
    if not _IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """A payment card's number of 15 or 16 digits whose check digit is right (Luhn; ISO 7812)."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(sign) for sign in reversed(text) if sign.isdecimal()]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


def is_national_id(text: str) -> bool:
    """A social security number of the US, a national insurance number of the UK, or a DNI or NIE of Spain."""
    if _SSN.fullmatch(text) or _NINO.fullmatch(text):
        return True
    found = _DNI.fullmatch(text)
    if found is None:
        return False
    first, number, letter = found.groups()
    if len(number) != (7 if first else 8):
        return False
    return _DNI_LETTERS[int(str("XYZ".find(first)) * bool(first) + number) % 23] == letter


def is_ip_address(text: str) -> bool:
    """An address of version 4 or 6; four numbers below 32 are taken for a version."""
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 6 or max(address.packed) >= _SMALL_OCTET  # the protocol's number


# What it is -> how one value is told, and the share of a column's values from which the column is one of it.
PATTERNS: Mapping[str, tuple[Callable[[str], bool], float]] = {
    "an e-mail address": (is_email, 0.05),  # one in a free text is one too many
    "an IBAN": (is_iban, 0.2),
    "a payment card": (is_card, 0.5),  # a tenth of all numbers of 16 digits have the right check digit
    "a national identity number": (is_national_id, 0.5),
    "an IP address": (is_ip_address, 0.5),
    "a telephone number": (is_phone, 0.5),
}

"""Columns that hold personal data, made up with a seed, and columns that only look as if they did."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

VALUES = 60
NO_ADDRESS = "no answer yet, called twice"  # most letters hold none
MISSING = 0.1  # share of the cells
TO_COLUMN = 12  # columns of each maker

Maker = Callable[[random.Random], str]
_FIRST = ("Anna", "José", "Zoë", "Mary-Jane", "Karl", "Li", "Fatima", "Olu", "Søren", "Aoife")
_LAST = ("Müller", "O'Brien", "Nguyen", "de la Cruz", "Smith", "Kowalska", "Okafor", "van Dyk", "Rossi", "Šimić")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what it truly holds: one of the detectors' names, or None."""

    name: str
    values: tuple[str, ...]
    truth: str | None


def columns(seed: int) -> Iterator[Column]:
    """Every maker's columns under names that say nothing, then names that say something over plain values."""
    source = random.Random(seed)
    for truth, makers in VALUES_OF.items():
        for make in makers:
            for number in range(TO_COLUMN):
                yield Column(f"field {number}", _cells(make, source), truth)
    for truth, names in NAMES_OF.items():
        for name in names:
            yield Column(name, _cells(_word, source), truth)
    for _ in range(TO_COLUMN):
        yield Column("Name", _cells(_person, source), "a person's name")
        for make in (_product, _company, _place):
            yield Column("name", _cells(make, source), None)


def _cells(make: Maker, source: random.Random) -> tuple[str, ...]:
    return tuple("" if source.random() < MISSING else make(source) for _ in range(VALUES))


def _digits(source: random.Random, count: int) -> str:
    return "".join(source.choice("0123456789") for _ in range(count))


def _email(source: random.Random) -> str:
    host = source.choice(("example.com", "mail.example.co.uk", "uni-köln.example".encode("idna").decode()))
    name = f"{source.choice('abcdefg')}{source.choice(('.', '_', '-', '+tag'))}{_digits(source, 3)}"
    return source.choice((name, name.upper())) + "@" + host


def _letter(source: random.Random) -> str:
    said = source.choice(("please write to", "contact:", "sent by <"))
    return f"{said} {_email(source)}, thanks" if source.random() < 0.3 else NO_ADDRESS


def _phone_abroad(source: random.Random) -> str:
    country, rest = source.choice(("49", "33", "1", "351")), _digits(source, 7)
    return source.choice((f"+{country} 30 {rest}", f"+{country}({rest[:2]}){rest[2:]}0", f"00{country} 171 {rest}"))


def _phone_us(source: random.Random) -> str:
    area, rest = f"{source.randint(2, 9)}{_digits(source, 2)}", _digits(source, 4)
    return source.choice((f"({area}) 555-{rest}", f"{area}-555-{rest}", f"{area}.555.{rest}"))


def _phone_home(source: random.Random) -> str:
    return source.choice((f"030 {_digits(source, 4)} {_digits(source, 4)}", f"0171/{_digits(source, 7)}"))


def _iban(source: random.Random) -> str:
    country, length = source.choice((("DE", 18), ("FR", 23), ("NO", 11), ("ES", 20)))
    account = _digits(source, length)
    rest = int(account + "".join(str(int(letter, 36)) for letter in country) + "00") % 97
    plain = f"{country}{98 - rest:02}{account}"
    spaced = " ".join(plain[place : place + 4] for place in range(0, len(plain), 4))
    return source.choice((plain, spaced))


def _card(source: random.Random) -> str:
    body = source.choice("45") + _digits(source, 14)
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::2]) + sum(int(digit) for digit in body[1::2])
    plain = body + str(-doubled % 10)
    groups = [plain[place : place + 4] for place in range(0, 16, 4)]
    return source.choice(("", " ", "-")).join(groups)


def _ssn(source: random.Random) -> str:
    return f"{source.randint(1, 665):03}-{source.randint(1, 99):02}-{source.randint(1, 9999):04}"


def _nino(source: random.Random) -> str:
    return f"AB{source.choice(('', ' '))}{_digits(source, 6)}{source.choice('ABCD')}"


def _dni(source: random.Random) -> str:
    number = source.randint(10**7, 10**8 - 1)
    return f"{number}{_DNI_LETTERS[number % 23]}"


def _ip(source: random.Random) -> str:
    if source.random() < 0.2:
        return f"2001:db8::{source.randint(1, 0xFFFF):x}"
    return ".".join(str(source.randint(1, 254)) for _ in range(4))


def _ip_at_home(source: random.Random) -> str:
    return f"10.0.{source.randint(0, 3)}.{source.randint(1, 254)}"


def _person(source: random.Random) -> str:
    first, last = source.choice(_FIRST), source.choice(_LAST)
    return source.choice((f"{first} {last}", f"{last}, Mrs. {first}"))


def _word(source: random.Random) -> str:
    return source.choice(("alpha", "beta", "gamma", "delta")) + _digits(source, 2)


def _product(source: random.Random) -> str:
    kind = source.choice(("Lamp", "Desk", "Chair"))
    return f"{kind} {source.choice('ABC')}-{_digits(source, 3)} {_digits(source, 2)} cm"


def _company(source: random.Random) -> str:
    return f"{source.choice(_LAST)} {source.choice(_LAST)} {source.choice(('GmbH', 'Inc.', 'Ltd', 'S.A.'))}"


def _place(source: random.Random) -> str:
    return source.choice(("New York", "Sankt Gallen", "San José", "Los Angeles", "Bad Homburg", "Lima"))


def _version(source: random.Random) -> str:
    return ".".join(str(source.randint(0, 30)) for _ in range(4))


def _date(source: random.Random) -> str:
    year, month, day = source.randint(1950, 2024), source.randint(1, 12), source.randint(1, 28)
    return source.choice((f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}", f"{month:02}/{day:02}/{year}"))


def _isbn(source: random.Random) -> str:
    return f"978-3-{_digits(source, 2)}-{_digits(source, 6)}-{_digits(source, 1)}"


# What the values truly are -> how they are made. Under None: what only looks like it.
VALUES_OF: Mapping[str | None, tuple[Maker, ...]] = {
    "an e-mail address": (_email, _letter),
    "a telephone number": (_phone_abroad, _phone_us, _phone_home),
    "an IBAN": (_iban,),
    "a payment card": (_card,),
    "a national identity number": (_ssn, _nino, _dni),
    "an IP address": (_ip, _ip_at_home),
    None: (
        _word,
        _product,
        _version,
        _date,
        _isbn,
        lambda source: f"@{_word(source)}",  # a handle
        lambda source: f"{_word(source)}@{source.randint(1, 9)}.{_digits(source, 1)}",  # a package and its version
        lambda source: _digits(source, 16),  # an order: a tenth have a card's check digit
        lambda source: "4" + _digits(source, 15),
        lambda source: _digits(source, 10),
        lambda source: "00" + _digits(source, 9),
        lambda source: str(1_600_000_000 + source.randint(0, 10**8)),  # seconds
        lambda source: f"{source.choice(('DE', 'FR', 'NO'))}{_digits(source, 20)}",  # a consignment
        lambda source: f"{_digits(source, 8)}{source.choice('ABCDEFGHJKLM')}",  # a part, as a DNI looks
        lambda source: f"{source.randint(900, 999)}-{_digits(source, 2)}-{_digits(source, 4)}",
        lambda source: f"{source.randint(1900, 1990)}-{source.randint(1991, 2024)}",
        lambda source: f"{source.uniform(-90, 90):.6f}, {source.uniform(-180, 180):.6f}",
        lambda source: f"{source.randint(1, 9)},{_digits(source, 3)}.{_digits(source, 2)}",
        lambda source: f"{source.getrandbits(64):016x}",
        lambda source: f"{source.randint(0, 23):02}:{source.randint(0, 59):02}:{source.randint(0, 59):02}",
    ),
}
NAMES_OF: Mapping[str | None, tuple[str, ...]] = {
    "an e-mail address": ("email", "E-Mail", "email_address", "contactEmail", "customer_email_2", "correo electrónico"),
    "a telephone number": ("phone", "Phone Number", "mobile_no", "telefon", "homePhone", "cellphone", "fax_number"),
    "an IBAN": ("iban", "IBAN_Number", "bank_account_no", "Kontonummer"),
    "a payment card": ("card_number", "CreditCardNumber", "debit_card_no", "Kreditkartennummer"),
    "a national identity number": ("ssn", "SSN", "Social Security Number", "passport_no", "steuer_id", "nationalId"),
    "an IP address": ("ip", "ip_address", "clientIP", "remote_ip_addr", "IPv4"),
    "a person's name": ("first_name", "LastName", "Surname", "full name", "Vorname", "apellidos", "customer_name"),
    "a date of birth": ("dob", "DOB", "birth_date", "DateOfBirth", "Birthday", "Geburtsdatum", "fecha_de_nacimiento"),
    "a postal address": (
        "street",
        "Street Address",
        "billingAddress",
        "address",
        "address_line_1",
        "Straße",
        "house no",
    ),
    None: (
        *("email_count", "has_email", "emails_opened", "mailing_list", "phone_type", "is_mobile", "telephony_minutes"),
        *("card_type", "cardboard", "iban_country", "session", "dessna", "passport_country_count", "tip", "zip", "vip"),
        *("ship_mode", "description", "product_name", "file_name", "hostname", "column_name", "last_names_count"),
        *("birth_weight", "birth_rate", "birthplace_population", "dobson", "streetcar", "addressable", "mac_address"),
        *("memory_address", "web_address", "name_length", "unit", "surname_frequency", "street_lights", "number"),
    ),
}

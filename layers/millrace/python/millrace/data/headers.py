"""What a column's name says of the person behind a row, in the languages in which columns are mostly named."""

from __future__ import annotations

import re
from collections.abc import Mapping

from millrace.domain.naming import unaccented

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[\W_]+")
_NO_PERSON = re.compile(r"(?:^|_)(?:has|is|num|count|n|no_of|number_of)_")  # `has_email` is an answer, not an address
_NO_PLACE = re.compile(r"(?:^|_)(?:mac|web|url|http|memory|wallet|contract|host|network|block)_address$")

# What it is -> how the name ends, its words joined by "_". `email_count` ends otherwise.
HEADERS: Mapping[str, re.Pattern[str]] = {
    what: re.compile(rf"(?:^|_)(?:{ends})(?:_?[0-9])?$")
    for what, ends in {
        "an e-mail address": r"(?:e_?)?mail(?:_(?:address|addr|adresse|id))?|correo(?:_electronico)?",
        "a telephone number": (
            r"(?:tele)?phone(?:_(?:number|no|num|nr))?|(?:mobile|cell|tel|fax)(?:_(?:number|no|num|nr))|mobile_?phone"
            r"|cell_?phone|telefon(?:nummer|o)?|handynummer|msisdn"
        ),
        "an IBAN": r"iban(?:_(?:number|no|nr))?|bank_account(?:_(?:number|no|num|nr))?|kontonummer",
        "a payment card": r"(?:credit_?|debit_?|payment_?)?card_?(?:number|no|num|nr)|kreditkarte(?:nnummer)?",
        "a national identity number": (
            r"ssn|social_security(?:_(?:number|no|num))?|national_(?:id|insurance(?:_(?:number|no))?)|nino|dni|nie|nif"
            r"|passport(?:_(?:number|no|num|nr|id))?|tax_?payer_id|steuer_?id|personnummer|aadhaar(?:_number)?|cpf|curp"
            r"|drivers?_licen[sc]e(?:_(?:number|no|num))?"
        ),
        "an IP address": r"ip(?:_?addr(?:ess)?|_?v[46])?",
        "a person's name": (
            r"(?:first|last|given|family|middle|maiden|full|customer|client|patient|person|employee|passenger|student"
            r"|applicant|owner|contact|holder)_?names?|(?:sur|fore)names?|vorname|nachname|familienname|prenom"
            r"|nombres?|apellidos?|cognome"
        ),
        "a date of birth": (
            r"dob|birth_?(?:date|day|year|dt)|(?:date|year|day)_of_birth|geburts(?:datum|tag|jahr)"
            r"|(?:fecha_(?:de_)?)nacimiento|date_(?:de_)?naissance"
        ),
        "a postal address": (
            r"(?:street|home|postal|mailing|billing|shipping|residential|delivery)_?(?:address|addr)(?:_line)?"
            r"|(?<!ip_)(?<!mail_)address(?:_line)?|street(?:_(?:name|number|no))?|house_(?:number|no)|strasse|straße|hausnummer"
            r"|anschrift|direccion"
        ),
    }.items()
}


def told_by(name: str) -> tuple[str, ...]:
    """What the name says that the column holds of a person; mostly nothing."""
    plain = unaccented(name)
    split, whole = (_OTHER.sub("_", text).strip("_").lower() for text in (_CAMEL.sub("_", plain), plain))
    if _NO_PERSON.search(split) or _NO_PLACE.search(split):
        return ()
    return tuple(what for what, ends in HEADERS.items() if ends.search(split) or ends.search(whole))

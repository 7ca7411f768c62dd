"""[[fields]], [[forms]] and what tiers require: read as written, and every fault named with its cure."""

from __future__ import annotations

import pytest

from bot.configuration import read

TIERS = """
[[tiers]]
level = 2
name = "Service desk"
[[tiers]]
level = 3
name = "Specialists"
"""


def faults_of(text: str) -> list[str]:
    return read(TIERS + text)[1]


def test_fields_and_forms_are_read() -> None:
    configured, faults = read(
        '[desk]\nlanguages = ["es", "en"]\n'
        + TIERS
        + """requires = ["device"]
[[fields]]
name = "device"
label = {en = "Device", es = "Equipo"}
kind = "choice"
options = {laptop = {en = "Laptop", es = "Portátil"}, phone = "Phone"}
required = true
[[fields]]
name = "serial"
label = "Serial"
show = "device=laptop"
pattern = "SN[0-9]+"
kinds = ["incident"]
suggestions = ["SN1"]
[[fields]]
name = "since"
label = "Since"
kind = "date"
min = 2026-01-01
[[forms]]
kind = "incident"
label = "Broken"
question = "What is broken?"
fields = ["device", "serial"]
faq = false
"""
    )

    assert faults == []
    device, serial, since = configured.desk.fields
    assert (device.kind, device.required, device.label) == ("choice", True, (("es", "Equipo"), ("en", "Device")))
    assert device.reads("es", "laptop") == "Portátil"
    assert (serial.kind, serial.show, serial.pattern, serial.kinds, serial.suggestions) == ("line", ("device", "laptop"), "SN[0-9]+", ("incident",), ("SN1",))
    assert since.least == "2026-01-01"
    assert configured.desk.tiers[1].requires == ("device",)
    assert (configured.desk.forms[0].fields, configured.desk.forms[0].faq) == (("device", "serial"), False)


FIELD = '[[fields]]\nname = "serial"\nlabel = "Serial"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("fields = 3", ("[[fields]]", "two brackets")),
        ('[[fields]]\nname = "Serial No"\nlabel = "x"', ("name", "a-z")),
        ('[[fields]]\nname = "words"\nlabel = "x"', ("name", "words")),
        (FIELD + FIELD, ("serial", "twice")),
        ('[[fields]]\nname = "serial"', ("label", "missing")),
        (FIELD + 'kind = "chioce"', ("kind", "did you mean choice?")),
        (FIELD + 'kind = "choice"', ("options", "a choice needs")),
        (FIELD + 'options = ["a"]', ("options", "only a choice")),
        (FIELD + 'kind = "choice"\noptions = ["a", 3]', ("options", "a choice needs")),
        (FIELD + 'pattern = "[A-"', ("pattern", "regular expression")),
        (FIELD + 'kind = "number"\npattern = "x"', ("pattern", "min and max")),
        (FIELD + "min = 3", ("min", "number or a date")),
        (FIELD + 'kind = "number"\nmin = "few"', ("min", "no number")),
        (FIELD + 'kind = "number"\nmin = 5\nmax = 3', ("min", "exchange")),
        (FIELD + 'kind = "date"\nmax = "soon"', ("max", "2026-11-30")),
        (FIELD + 'required = "yes"', ("required", "true or false")),
        (FIELD + 'show = "device"', ("show", "field=value")),
        (FIELD + 'show = "device=pc"', ("show", "no field", "above it")),
        (FIELD + 'label2 = "x"', ("label2", "did you mean label?")),
        ('[[fields]]\nname = "serial"\nlabel = {xx = "x"}', ("label", "not spoken here")),
        ('[[forms]]\nkind = "incident"\nlabel = "x"\nfields = ["serail"]\n' + FIELD, ("fields", "did you mean serial?")),
        ('[[forms]]\nkind = "Big One"\nlabel = "x"', ("kind", "incident")),
        ('[[forms]]\nkind = "a"\nlabel = "x"\n[[forms]]\nkind = "a"\nlabel = "y"', ("kind", "twice")),
        ('requires = ["serail"]\n' + FIELD, ("Specialists requires", "did you mean serial?")),
        ('requires = ["serial"]', ("requires", "add [[fields]]")),
    ],
)
def test_a_fault_names_the_key_and_the_cure(text: str, named: tuple[str, ...]) -> None:
    found = faults_of(text) if not text.startswith("fields") else read(f"{text}\n{TIERS}")[1]
    assert len(found) == 1, found
    assert all(word in found[0] for word in named), found


def test_a_field_shown_by_another_comes_after_it_in_a_form() -> None:
    text = '[[fields]]\nname = "device"\nlabel = "D"\n' + FIELD + 'show = "device=pc"\n[[forms]]\nkind = "a"\nlabel = "x"\nfields = ["serial", "device"]'
    assert ["put device before it" in fault for fault in faults_of(text)] == [True]


def test_without_any_there_are_none() -> None:
    desk = read(TIERS)[0].desk
    assert (desk.fields, desk.forms, desk.tiers[1].requires) == ((), (), ())

"""A form that was filled in: what does not hold is asked again, with everything else kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.fields import Fault, asked, faults
from bot.domain.messages import Form, FormField, Say
from bot.engine.tongue import Tongue


def asked_again(t: Tongue, form: Form, values: Mapping[str, str], files: int = 0) -> Form | None:
    """The form as it is now with what was given, and a problem at each field that does not hold; None: all holds.

    What the form did not ask when it was opened, or no longer offers, is asked with a sentence that says so.
    """
    wrong = {name: fault for name, fault in faults(form.fields, values, files).items() if not (name == "words" and files)}  # a file says it, too
    if not wrong:
        return None
    fields = tuple(
        replace(field, initial=values.get(field.name, field.initial), problem=problem(t, wrong[field.name]) if field.name in wrong else "")
        for field in form.fields
    )
    about = (Say(changed(t)), *form.about) if has_changed(form, values, wrong) else form.about
    return replace(form, fields=fields, about=about)


def has_changed(form: Form, values: Mapping[str, str], wrong: Mapping[str, Fault]) -> bool:
    """Was it filled in another form than it is now? A channel sends every field that it asked, empty ones, too."""
    shown = asked(form.fields, {field.name: "" for field in form.fields} | dict(values))
    new = any(field.name not in values and field.kind != "file" for field in shown if field.name in wrong)
    return new or any(fault.reason == "not_offered" for fault in wrong.values())


def changed(t: Tongue) -> str:
    """Said once, above the fields."""
    return t.say("This form has changed since you opened it; what still fits is kept.")


def problem(t: Tongue, fault: Fault) -> str:
    """What is wrong, to whoever filled it in."""
    return {
        "missing": t.say("This is needed."),
        "no_file": t.say("A file is needed."),
        "not_offered": t.say("This can no longer be chosen; please choose again."),
        "not_a_date": t.say("Please give a date, such as 2026-11-30."),
        "not_a_number": t.say("Please give a number."),
        "too_small": t.say("It must be at least {bound}.", bound=fault.bound),
        "too_large": t.say("It may be at most {bound}.", bound=fault.bound),
        "too_early": t.say("It must be {bound} or later.", bound=fault.bound),
        "too_late": t.say("It must be {bound} or earlier.", bound=fault.bound),
        "not_so": t.say("This does not look right; please check it."),
        "too_long": t.say("Please use at most {bound} characters.", bound=fault.bound),
    }[fault.reason]


def how(t: Tongue, one: FormField) -> str:
    """How to answer in words, where that is not plain."""
    return {
        "date": t.say("Write the date, such as 2026-11-30."),
        "number": t.say("Write a number."),
        "file": t.say("Send the file here."),
        "choices": t.say("Press all that fit, then Done."),
    }.get(one.kind, "")


def named(one: FormField, value: str) -> str:
    """A value as it is shown: the labels of what was chosen."""
    labels = dict(one.options)
    return ", ".join(labels.get(line, line) for line in value.split("\n") if line)

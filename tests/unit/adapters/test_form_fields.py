"""Any form, on any channel: within the platform's limits, and what is filled in comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.slack import elements, outbound, views
from adapters.telegram import outbound as telegram
from adapters.web.rendering import environment
from bot.domain.fields import asked, tidy
from bot.domain.messages import Choice, FieldKind, Form, FormField, Outbound, Say
from tests.clouds import slack_blocks
from tests.clouds.slack_people import _filled
from tests.web_desk import Document

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=200).filter(lambda text: bool(text.strip()))
KINDS: st.SearchStrategy[FieldKind] = st.sampled_from(get_args(FieldKind))


@st.composite
def fields(draw: st.DrawFn, name: str) -> FormField:
    kind = draw(KINDS)
    values = draw(st.lists(st.from_regex(r"[a-z]{1,20}", fullmatch=True), min_size=1, max_size=90, unique=True)) if kind in ("choice", "choices") else []
    options = tuple((value, draw(WORDS)) for value in values[:3]) + tuple((value, value) for value in values[3:])
    least, most = ("1", "100") if kind == "number" and draw(st.booleans()) else ("", "")
    return FormField(name, draw(WORDS), kind, draw(st.booleans()), hint=draw(st.just("") | WORDS), options=options, least=least, most=most)


LONGEST = Form(
    "act:IT-1",
    "T" * 60,
    "S" * 60,
    "C" * 60,
    (
        FormField("a", "L" * 2500, "choice", hint="H" * 2500, options=tuple((str(n), "O" * 200) for n in range(90)), problem="P" * 200),
        FormField("b", "L", "line", initial="I" * 5000, max_length=9000),
        *(FormField(f"f{n}", "L", "choices", options=(("x", "X"),)) for n in range(60)),
    ),
    tuple(Say("about " * 200) for _ in range(80)),
)
FIELDS = st.integers(1, 12).flatmap(lambda n: st.tuples(*(fields(f"f{i}") for i in range(n))))
FORMS = FIELDS.map(lambda made: Form("act:IT-1", "T" * 60, "Send", "Cancel", made))


def a_value(draw: Any, field: FormField) -> str:
    """Something that holds."""
    if field.kind in ("choice", "choices"):
        chosen = draw(st.lists(st.sampled_from([value for value, _ in field.options]), min_size=1, max_size=1 if field.kind == "choice" else 5, unique=True))
        return "\n".join(value for value, _ in field.options if value in chosen)
    if field.kind == "date":
        return str(draw(st.dates()))
    if field.kind == "number":
        return str(draw(st.integers(1, 100)))
    if field.kind == "person":
        return "slack:U0ANN"
    return "" if field.kind == "file" else str(draw(WORDS)).strip()


def filled(form: Form, data: st.DataObject) -> dict[str, str]:
    return {field.name: a_value(data.draw, field) for field in form.fields}


@settings(deadline=None)
@given(FORMS, st.data())
def test_slack_shows_any_form_within_its_limits_and_gives_back_what_was_filled_in(form: Form, data: st.DataObject) -> None:
    origin = views.Origin(form.action, "slack:C1", "slack:C1/1.0")
    values = filled(form, data)
    shown = views.modal(views.refilled(form, values), origin, "U1", b"k")
    assert slack_blocks.view_problems(shown) == []

    inputs = {block["block_id"]: block["element"] for block in shown["blocks"] if block["type"] == "input"}
    state = {name: {name: _filled(element, values[name])} for name, element in inputs.items()}
    given_back = views.values({"state": {"values": state}})

    assert given_back == {field.name: values[field.name] for field in form.fields}


@settings(deadline=None)
@given(FORMS, st.data())
def test_slack_shows_what_stands_in_a_form_when_it_is_shown_again(form: Form, data: st.DataObject) -> None:
    values = filled(form, data)
    for field in views.refilled(form, values).fields:
        element = elements.block(field)["element"]
        begun = element.get("initial_value") or element.get("initial_date") or element.get("initial_user") or ""
        again = elements.value(_filled(element, begun))
        assert again == ("" if field.kind == "file" else values[field.name])


def test_the_longest_form_is_within_slacks_limits() -> None:
    assert slack_blocks.view_problems(views.modal(LONGEST, views.Origin("act:IT-1", "", ""), "U1", b"k")) == []


@pytest.mark.parametrize("value", ["-1", "101", "many"])
def test_a_number_that_does_not_hold_is_not_put_into_slacks_input_which_would_refuse_it(value: str) -> None:
    element = elements.block(FormField("n", "N", "number", initial=value, least="0", most="100"))["element"]
    assert "initial_value" not in element


@settings(deadline=None)
@given(FORMS, st.data())
def test_the_web_shows_any_form_and_sends_back_what_was_filled_in(form: Form, data: st.DataObject) -> None:
    values = filled(form, data)
    template = environment().from_string('{% from "_fields.html" import fields with context %}<form>{{ fields(form) }}</form>')

    page = template.render(form=views.refilled(form, values), _=lambda text, **more: text.format(**more))

    sent = next(iter(Document(page).forms)).fields
    for field in form.fields:
        if field.kind == "choices":
            assert all(f'value="{value}" checked' in page for value in values[field.name].split("\n"))
        elif field.kind != "file":
            assert tidy(field, sent[f"field-{field.name}"]) == tidy(field, values[field.name])


def test_a_field_with_a_condition_is_not_in_slacks_modal_until_it_holds_and_the_field_it_hangs_on_tells_at_once() -> None:
    decides = FormField("kind", "Kind", "choice", options=(("a", "A"), ("b", "B")))
    form = Form("act:IT-1", "T", "S", "C", (decides, FormField("more", "More", "line", when=("kind", "a"))))
    origin = views.Origin(form.action, "", "")

    before, after = (views.modal(views.refilled(form, {"kind": kind}), origin, "U1", b"k")["blocks"] for kind in ("", "a"))

    assert [block["block_id"] for block in before] == ["kind"]
    assert before[0]["dispatch_action"] is True
    assert [block["block_id"] for block in after] == ["kind", "more"]


# ----------------------------------------------------------------------------------------------------------------- menus
CHOICES = st.lists(st.builds(Choice, WORDS, st.from_regex(r"[a-z]{1,10}:IT-[0-9]{1,7}", fullmatch=True), more=st.booleans()), min_size=1, max_size=60)


@settings(deadline=None)
@example([Choice("long " * 40, "a:IT-1", more=True), Choice("long " * 40, "b:IT-1")], "More " * 40)
@given(CHOICES, WORDS)
def test_slack_shows_each_choice_once_the_rarer_ones_in_a_menu(choices: list[Choice], name: str) -> None:
    blocks = outbound.buttons(choices, name)
    assert slack_blocks.problems(blocks) == []
    pressable = slack_blocks.buttons(blocks)
    actions = [part["value"] for button in pressable for part in (button.get("options") or [button])]
    assert sorted(actions) == sorted(choice.action for choice in choices)
    assert len([button for button in pressable if button["type"] == "static_select"]) == (1 if any(choice.more for choice in choices) else 0)


def test_a_menu_that_offers_something_else_forgets_what_was_chosen_in_it() -> None:
    one, other = ([Choice(label, f"{label}:IT-1", more=True) for label in labels] for labels in (("a", "b"), ("a", "c")))
    ids = [outbound.buttons(choices)[0]["elements"][0]["action_id"] for choices in (one, one, other)]
    assert ids[0] == ids[1] != ids[2]


@given(CHOICES)
def test_a_card_on_telegram_keeps_its_rarer_buttons_behind_one_until_they_are_asked_for(choices: list[Choice]) -> None:
    card = Outbound((Say("x"),), tuple(choices), card="IT-1")
    rare = [choice for choice in choices if choice.more]

    shown, open_, plain = telegram.folded(card), telegram.folded(replace(card, more="")), telegram.folded(replace(card, card=""))

    assert [choice for choice in shown if choice.action.startswith("more:")] == ([Choice("More…", f"more:{rare[0].action.split(':')[1]}")] if rare else [])
    assert [choice for choice in shown if not choice.action.startswith("more:")] == [choice for choice in choices if not choice.more]
    assert list(open_) == list(plain) == choices


def test_asked_fields_are_what_every_channel_shows() -> None:
    hidden = FormField("x", "X", when=("kind", "a"))
    assert asked((FormField("kind", "K", "line"), hidden), {}) == [FormField("kind", "K", "line")]

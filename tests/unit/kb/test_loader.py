from __future__ import annotations

import json
import string
from datetime import date
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kb.entries import Entry, Problem, Text, problems
from kb.formats.facts import one_line
from kb.formats.pieces import many_lines
from kb.lexicon import LANGUAGES
from kb.loader import FORMATS, LoadError, dump, load, parse

VPN = Entry("vpn", (
    Text("en", "How do I reach the VPN?", "Open **Tunnel**.\n\n- sign in\n- wait", ("VPN from home", "a | b \\ c")),
    Text("es", "¿Cómo llego a la VPN?", "Abra el túnel.")), ("network", "a,b"))
FULL = Entry("full", (Text("en", "Who may see this?", "Agents."), Text("de", "Wer sieht das?", "Wir.")), audience="internal", valid_until=date(2027, 2, 28),
             review_on=date(2026, 12, 31), finds=("who sees it", "a | b"), avoids=("=what", "who, me?"))
SUM = Entry("sum.1", (Text("de", "=1+1 in der Tabelle?", "-so\n+so", ("@mir", "'=schon gut")),), retired=True)


def faults(name: str, data: bytes | str) -> list[str]:
    with pytest.raises(LoadError) as raised:
        parse(name, data if isinstance(data, bytes) else data.encode())
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_is_read_back(form: str) -> None:
    assert parse(f"kb.{form}", dump([VPN, SUM, FULL], form).encode()) == [VPN, SUM, FULL]


_CHARS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_SPECIAL = st.sampled_from(["---", "id: x", "# en: what?", "\\# de: x", "\\---", "=1", "'", "''@", "|", " | ", "\\", '"', "- a", "> b", ",", ";", "null", "no",
                            "1.0", "~", "&a", "*a", "!x", "{", "[", "\t", "\r", "\r\n", "\n", "\u2028", "\x85", "\ufeff", "\x1f", "：", "😀", " "])
_WRITING = st.lists(st.one_of(st.text(_CHARS, max_size=20), _SPECIAL), max_size=6).map("".join)
_LINE = _WRITING.map(one_line).filter(bool)
_IDS = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64)
_TEXTS = st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=3, unique=True).flatmap(lambda langs: st.tuples(*[
    st.builds(Text, st.just(lang), _LINE, _WRITING.map(many_lines).filter(bool), st.lists(_LINE, max_size=3, unique=True).map(tuple)) for lang in langs]))
_TAGS = st.lists(_LINE.filter(lambda tag: tag == one_line(tag)), max_size=3, unique=True).map(tuple)
_DAYS = st.none() | st.dates()
_QUESTIONS = st.lists(_LINE, max_size=3, unique=True).map(tuple)
_ANY = st.builds(Entry, _IDS, _TEXTS, _TAGS, st.booleans(), st.sampled_from(["public", "internal"]), _DAYS, _DAYS, _QUESTIONS, _QUESTIONS)
_ENTRIES = st.lists(_ANY, max_size=4, unique_by=lambda entry: entry.id).map(
    lambda entries: [entry for entry in entries if not problems(entry)])


@pytest.mark.parametrize("form", FORMATS)
@given(entries=_ENTRIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_any_sound_entries_survive_writing_and_reading(form: str, entries: list[Entry]) -> None:
    assume(form != "md" or entries)  # nothing written as articles is no article
    assert parse(f"kb.{form}", dump(entries, form).encode()) == entries


@pytest.mark.parametrize("name", [f"x{suffix}" for suffix in (".yaml", ".md", ".csv", ".json", ".jsonl", ".html")])
@given(data=st.one_of(st.binary(max_size=300), st.lists(_SPECIAL, max_size=30).map(lambda parts: "".join(parts).encode())))
@settings(max_examples=150, deadline=None)
def test_whatever_is_fed_either_loads_or_is_refused_with_reasons(name: str, data: bytes) -> None:
    refused: tuple[Problem, ...] = ()
    entries: list[Entry] = []
    try:
        entries = parse(name, data)
    except LoadError as error:
        refused = error.problems
    assert all(problem.file == name and problem.what for problem in refused)
    assert [what for entry in entries for what in problems(entry)] == []


def test_lines_that_share_an_id_are_one_entry_in_several_languages() -> None:
    lines = [{"id": "a", "lang": "en", "question": "Why?", "phrasings": ["how come"], "answer": "So."},
             {"id": "b", "lang": "en", "question": "Who?", "answer": "I."},
             {"id": "a", "lang": "es", "question": "¿Por qué?", "answer": "Así."}]
    entries = parse("kb.jsonl", "\n".join(map(json.dumps, lines)).encode())
    assert [(entry.id, [text.lang for text in entry.texts]) for entry in entries] == [("a", ["en", "es"]), ("b", ["en"])]


def test_the_export_has_the_keys_of_the_contract() -> None:
    first = json.loads(dump([VPN], "jsonl").splitlines()[0])
    assert {"id", "lang", "question", "phrasings", "answer"} <= set(first)


def test_a_fault_is_told_with_file_and_line_and_nothing_is_loaded() -> None:
    text = '{"id": "a", "lang": "en", "question": "Q?", "answer": "A"}\n\n{"id": "b", "lang": "en", "question": "Q?"}\nnot json\n'
    assert faults("kb.jsonl", text) == ["kb.jsonl:3: b: en: the answer is empty", "kb.jsonl:4: not JSON: Expecting value at column 1"]


def test_one_id_twice_in_one_language_is_a_fault_that_names_both_places() -> None:
    line = '{"id": "a", "lang": "en", "question": "Q?", "answer": "A"}\n'
    assert faults("kb.jsonl", line * 2) == ["kb.jsonl:2: a in en is also in kb.jsonl:1"]


@pytest.mark.parametrize(("name", "text", "told"), [
    ("kb.yaml", "- !!python/object/apply:os.system ['true']", "kb.yaml:1: the tag"),
    ("kb.yaml", "- &a {id: x}\n- *a", "kb.yaml:1: anchors"),
    ("kb.yaml", "- id: a\n  question: [1\n", "kb.yaml:3: not YAML"),
    ("kb.yaml", "- id: a\n  texts: hello", "kb.yaml:1: texts: expected a list"),
    ("kb.yaml", "- just words", "kb.yaml:1: expected an entry"),
    ("kb.yaml", "- id: a\n---\n- id: b", "kb.yaml:2: a second document"),
    ("kb.yaml", "[" * 100_000, "nested deeper"),
    ("kb.json", "[" * 100_000, "nested too deeply"),
    ("kb.json", '{"a":' * 100_000, "nested too deeply"),
    ("kb.json", '[{"id": "a",\n"lang": "en"},\n{]', "kb.json:3: not JSON"),
    ("kb.json", '[{"id": "a", "lang": "en", "question": "Q?", "answer": ["A"]}]', "kb.json:1: answer: expected text, found a list"),
    ("kb.jsonl", "[" * 100_000, "kb.jsonl:1: not an entry"),
    ("kb.jsonl", '{"id": "a", "lang": "en", "question": "Q?", "answer": "A", "phrasings": "one"}', "phrasings: expected a list"),
    ("kb.jsonl", '{"id": "a", "lang": "xx", "question": "Q?", "answer": "A"}', "unknown language"),
    ("kb.csv", "id,lang\na,en", "kb.csv:1: the header names no question"),
    ("kb.csv", 'question,answer\n"a,b', "not CSV"),
    ("kb.csv", "question,answer\nq,\n", "kb.csv:2: q: en: the answer is empty"),
    ("kb.csv", "question,answer\na,b,c\n", "kb.csv:2: 3 cells"),
    ("kb.md", "hello", "kb.md:1: an article begins"),
    ("kb.md", "---\nid: a\n", "kb.md:1: the head has no end"),
    ("kb.md", "---\nid: a\n---\n\nwords\n# en: Q?\n\nA", "kb.md:5: expected a question first"),
    ("kb.md", "---\nid: a\n---\n", "kb.md:3: the article has no question"),
    ("kb.md", "---\nid: a\n---\n# en: Q?\n> p\n", "kb.md:4: a: en: the answer is empty"),
    ("kb.md", "---\nid: [a\n---\n# en: Q?\n\nA", "kb.md:3: not YAML"),
    ("kb.html", "<p>hello", "no schema.org FAQPage"),
    ("kb.html", '<script type="application/ld+json">{</script>', "kb.html:1: the JSON-LD block is not JSON"),
    ("kb.pdf", "%PDF", "unknown form"),
])
def test_a_file_with_a_fault_is_refused_with_a_reason(name: str, text: str, told: str) -> None:
    assert any(told in what for what in faults(name, text)), faults(name, text)


def test_a_link_that_could_run_something_is_refused_at_import() -> None:
    assert "javascript" in faults("kb.csv", "question,answer\nWhy?,[x](javascript:alert(1))")[0]


def test_a_file_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.loader.MAX_BYTES", 10)
    (tmp_path / "kb.csv").write_text("question,answer\nq,a\n")
    with pytest.raises(LoadError, match="larger than"):
        load(tmp_path / "kb.csv")
    assert "larger than" in faults("kb.csv", b"x" * 11)[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_what_spreadsheets_write_is_read(encoding: str) -> None:
    entries = parse("kb.csv", "question;answer;lang\r\n¿Cómo añado uno?;Así: «sí»;es\r\n".encode(encoding))
    assert entries[0].texts == (Text("es", "¿Cómo añado uno?", "Así: «sí»"),)


def test_no_cell_of_the_export_is_taken_for_a_formula() -> None:
    cells = [cell for row in dump([SUM], "csv").split("\r\n") for cell in row.strip('"').split('","')]
    assert "'=1+1 in der Tabelle?" in cells
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t"}]


def test_an_entry_without_an_id_gets_the_same_one_every_time() -> None:
    data = "question,answer\nHow do I reset my password?,So.\nПочему?,Так.\n".encode()
    ids = [entry.id for entry in parse("kb.csv", data)]
    assert ids == [entry.id for entry in parse("kb.csv", data)]
    assert ids[0] == "how-do-i-reset-my-password"
    assert not any(problems(entry) for entry in parse("kb.csv", data))


def test_long_questions_that_begin_alike_get_different_ids() -> None:
    start = "what do I have to do when I want to order a new machine for"
    assert len(parse("kb.csv", f"question,answer\n{start} me,A\n{start} her,B\n".encode())) == 2


def test_a_language_code_with_a_region_is_its_language_and_a_missing_one_is_heard() -> None:
    rows = "lang,question,answer\npt-BR,Como faço?,Assim\n,¿Dónde encuentro la impresora nueva?,Ahí\n"
    assert [entry.texts[0].lang for entry in parse("kb.csv", rows.encode())] == ["pt", "es"]


def test_an_article_reads_as_written() -> None:
    article = "---\nid: password-reset\ntags: [account, password]\n---\n# en: How do I reset it?\n> I forgot it\n> it has expired\n\n> A quote\n\n" \
              "Open **this**.\n\n---\n\n# A heading\n\n# es: ¿Cómo?\n\nAbra."
    assert parse("x.md", article.encode()) == [Entry("password-reset", (
        Text("en", "How do I reset it?", "> A quote\n\nOpen **this**.\n\n---\n\n# A heading", ("I forgot it", "it has expired")),
        Text("es", "¿Cómo?", "Abra.")), ("account", "password"))]


def test_yaml_words_stay_words() -> None:
    assert parse("kb.yaml", b"- id: 1.10\n  lang: en\n  question: no\n  answer: yes\n")[0] == Entry("1.10", (Text("en", "no", "yes"),))


PAGE = """<!doctype html><html lang="de-DE"><head><title>FAQ</title>
<script type="application/ld+json">{"@graph": [{"@type": "FAQPage", "mainEntity": [
 {"@type": "Question", "name": "Wie &amp; wann?", "acceptedAnswer": {"@type": "Answer",
  "text": "<p>Bald <b>so</b>.</p><ul><li>eins<li>zwei</ul><a href='javascript:x'>da</a> <a href='https://example.com/a b'>dort</a>"}}]}]}</script>
<body><!-- <div itemtype="https://schema.org/Question"> --><div itemscope itemtype="https://schema.org/FAQPage">
<div itemscope itemprop="mainEntity" itemtype="https://schema.org/Question"><h3 itemprop="name">Was ist <i>das</i>?</h3>
<div itemscope itemprop="acceptedAnswer" itemtype="https://schema.org/Answer">
<div itemprop="text">Eine <strong>Sache</strong><br>mit<p>mehr</div></div></div></div>"""


@pytest.mark.parametrize("name", ["faq.html", "https://example.com/help?page=2"])
def test_a_page_with_questions_is_read(name: str) -> None:
    assert [entry.texts for entry in parse(name, PAGE.encode())] == [
        (Text("de", "Wie & wann?", "Bald **so**.\n\n- eins\n- zwei\n\nda [dort](https://example.com/a%20b)"),),
        (Text("de", "Was ist das?", "Eine **Sache**  \nmit\n\nmehr"),)]


@pytest.mark.parametrize("html", [
    "<a " * 100_000, "<" * 300_000, "<!--" * 50_000, '<a "' * 100_000, "<a '>" * 60_000, "<script>" * 40_000, "<div itemprop=name>" * 20_000,
    "<b><a href=https://e.com><code><pre>" * 20_000, "<b>x</b>" * 50_000 + "<table><tr><td>" * 20_000,
    "&" * 200_000, "<script></script>" * 20_000, "<script type='application/ld+json'>" + "[" * 200_000])
def test_hostile_html_is_refused_without_delay(html: str) -> None:
    began = process_time()
    assert faults("x.html", html)
    assert process_time() - began < 3


def test_a_folder_is_read_whole_and_languages_may_lie_apart(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# about these files")
    (tmp_path / ".hidden.md").write_text("x")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.md").write_text("---\nid: a\n---\n# en: Why?\n\nSo.")
    (tmp_path / "es.jsonl").write_text('{"id": "a", "lang": "es", "question": "¿Por qué?", "answer": "Así."}')
    (tmp_path / "notes.txt").write_text("not ours")
    assert [(entry.id, len(entry.texts)) for entry in load(tmp_path)] == [("a", 2)]


def test_one_faulty_file_in_a_folder_refuses_the_folder(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("---\nid: a\n---\n# en: Why?\n\nSo.")
    (tmp_path / "bad.md").write_text("words")
    with pytest.raises(LoadError, match=r"bad\.md:1"):
        load(tmp_path)


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"id": "s", "lang": "en", "question": "Q?", "answer": "A"}')
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "link.jsonl").symlink_to(secret)
    with pytest.raises(LoadError, match="no file with entries"):
        load(folder)


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        load(tmp_path / "nothing.csv")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="pdf"):
        dump([VPN], "pdf")

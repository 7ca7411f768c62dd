"""Web pages with schema.org questions, and HTML as Markdown: what people see of it stays, what could run does not."""

from __future__ import annotations

import pytest

from kb.formats.markdown import to_markdown
from kb.loader import look_into


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>one<p>two", "one\n\ntwo"),
        ("a <b>bold </b>word", "a **bold** word"),
        ("<b>two<br>lines</b>", "**two**  \n**lines**"),
        ("<h2><strong>Title</strong></h2>text", "**Title**\n\ntext"),
        ("<em>so</em> <i>so</i>", "so so"),
        ("<ol><li><p>one</p></li><li>two<ul><li>in</li></ul></li></ol>", "1. one\n2. two\n   - in"),
        ("<pre><code>make run\n  now</code></pre>", "`make run`  \n`now`"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b  \n1 | 2"),
        ('<a href="/x y">here</a>', "[here](https://help.example.com/x%20y)"),
        ('<a href="https://e.com/a(b)">[x]</a>', "[(x)](https://e.com/a%28b%29)"),
        ('<b><a href="https://e.com">x</a></b>', "[x](https://e.com)"),
        ('<a href="javascript:alert(1)">x</a><a href=" data:x">y</a><a href="#top">z</a>', "xyz"),
        ('<a href="java&#10;script:alert(1)">x</a>', "x"),
        ('<img src="/i/pic.png">', "[pic.png](https://help.example.com/i/pic.png)"),
        ('<iframe src="//video.example.com/embed/1"></iframe>', "[video.example.com](https://video.example.com/embed/1)"),
        ("<script>alert(1)</script><style>a{}</style><p onclick=x>words", "words"),
        ("a &lt;b&gt; &amp;amp; c<br>", "a <b> &amp; c"),
    ],
)
def test_html_becomes_what_every_channel_can_show(html: str, markdown: str) -> None:
    assert to_markdown(html, base="https://help.example.com/hc/1") == markdown


PAGE = """<html lang="fr"><div itemscope itemtype="https://schema.org/FAQPage">
<div itemscope itemprop="mainEntity" itemtype="https://schema.org/Question"><meta itemprop="name" content="Première ?">
 <p itemprop="text">A detail of the question<p>
 <div itemscope itemprop="suggestedAnswer" itemtype="https://schema.org/Answer"><span itemprop="text">Maybe</span></div>
 <div itemscope itemprop="acceptedAnswer" itemtype="https://schema.org/Answer"><span itemprop="author"><b itemprop="name">Ann</b></span>
  <div itemprop="text"><p>Surely<li>and more</div></div></div>
<div itemscope itemprop="mainEntity" itemtype="https://schema.org/Question"><h2 itemprop="name">Seconde ?</h2>
 <div itemscope itemprop="suggestedAnswer" itemtype="https://schema.org/Answer"><div itemprop="text">Bien</div></div></div></div>"""


def test_the_accepted_answer_counts_and_nothing_but_its_text() -> None:
    found = look_into("faq.html", PAGE.encode()).entries
    assert [(one.texts[0].lang, one.texts[0].question, one.texts[0].answer) for one in found] == [
        ("fr", "Première ?", "Surely\n- and more"),
        ("fr", "Seconde ?", "Bien"),
    ]


def test_links_of_a_fetched_page_are_whole_addresses() -> None:
    page = (
        '<html><script type="application/ld+json">{"@type": "http://schema.org/Question", "name": "Where?",'
        ' "acceptedAnswer": {"text": "<a href=\'../map\'>here</a>"}}</script>'
    )
    [entry] = look_into("https://e.com/a/faq", page.encode()).entries
    assert entry.texts[0].answer == "[here](https://e.com/map)"


def test_of_very_many_texts_of_one_answer_the_first_counts() -> None:
    texts = "<i itemprop=text>word</i><b itemprop=name> </b>" * 20_000
    page = f'<p itemtype="x/Question"><b itemprop=name>Q</b><span itemtype="x/Answer">{texts}</span></p>'
    [entry] = look_into("faq.html", page.encode()).entries
    assert entry.texts[0].answer == "word"

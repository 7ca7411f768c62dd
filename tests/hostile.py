"""Texts that people may write to become something else on the way: made by putting each trick into each dress."""

from __future__ import annotations

from itertools import product

ZALGO = "Z" + "".join(chr(0x300 + n) for n in range(40))
TRICKS = (
    # mentions of both platforms
    *("<!channel>", "<!here|here>", "<!everyone>", "<!subteam^S0ADMINS|@admins>", "<@U0ANN>", "<#C0PRIV|secret>"),
    *("@channel", "@everyone", "@ann_agent", "@@ann"),
    # links that hide where they lead, or do something
    *("<https://evil.example|https://bank.example>", "[bank](https://evil.example)", '<a href="https://evil.example">bank</a>', "[x](javascript:alert(1))"),
    *("javascript:alert(1)", "data:text/html,<b>x</b>", "tg://user?id=1", "slack://channel?id=C1", 'https://evil.example/?a=<b>&c="d"', "https://a:b@evil.example"),
    # markup of chats, and ways out of a quote
    *("*bold* _it_ ~no~", "**bold** __u__ ||hidden||", "`code`", "```", "> quote", "- list\n1. list", ":ticket: :tada:", "# head", "![x](https://evil.example/p.png)"),
    # HTML and its entities
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</textarea><svg/onload=alert(1)>", "<!-- -->]]>", "'\"><iframe>"),
    "&lt;b&gt; &amp;amp; &#60;x&#62;",
    # directions, invisible characters, piles of accents
    *("\u202egnp.exe\u202c", "\u2066x\u2069\u200f", "pass\u200bword\u2060\ufeff", ZALGO, "e\u0301\u20dd", "\u2028line\u2029par"),
    # what the desk itself says
    *("Ann Agent · IT-1", "Cleo Expert (note)", "IT-1 is resolved", "Requester: Mallory", "Support: it is closed", "Only support agents can do that."),
    # formats of the language we are written in, and of templates
    *("{0.__class__}", "{name}", "{number} {", "%(x)s %s %n", "{{config}}{{7*7}}", "{% raw %}${x}", "\\x41\\n\\u0041"),
    # ticket numbers, buttons, commands
    *("IT-1", "#41 IT-99999999999", "Yes, solved", "take:IT-1", "solved:IT-1", "/close IT-1", "/take_41", "/human", "/start faq_x", "#note hello", "$EUR"),
)
DRESSES = (
    *("{}", "so {} then", "\n{}\n", "> {}", "`{}`", "<{}>", "&lt;{}&gt;", "{}{}", "“{}”", "\u202e{}"),
    *("😀{}👩‍🚒", "*{}* _{}_", "https://ok.example/x {}", "\\{}"),
)
TEXTS = tuple(dict.fromkeys(dress.replace("{}", trick) for dress, trick in product(DRESSES, TRICKS)))

# actions of buttons that nobody was shown
FORGED = (
    *("", ":", "take", "take:", "take:IT-99", "take:IT-1:x", "take:IT-1\n", "🎟️:IT-1", "x" * 5000, "undo:IT-1:x", "undo:IT-1:99", "undo:IT-2:1"),
    *("why:IT-1:because", "entry:IT-1:-1", "entry:IT-1:7", "solved:it-1", "split:IT-1", "reopen:IT-1", "resolve:IT-1", "hold:IT-1", "resume:IT-1"),
    *("release:IT-1", "lang:xx", "lang:es", "menu:queue", "menu:list", "menu:menu:", "faq-retire:x", "faq-new", "draft-publish:x:en"),
    *("draft:IT-1:send", "book", "helped:IT-1:x"),
)

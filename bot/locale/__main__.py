"""`make words`: the sentences of the sources into the catalogues, compiled; says what has no words yet."""

from __future__ import annotations

import sys

from bot.locale.catalogue import TEMPLATE, TRANSLATED, compiled, folder_of, is_translated, renewed, sentences, source_of


def main() -> int:
    """Write the template and every language's files. Exit code 1 when a sentence has no words in some language."""
    template = sentences()
    TEMPLATE.write_bytes(source_of(template))
    untranslated = 0
    for language in TRANSLATED:
        folder = folder_of(language)
        folder.mkdir(parents=True, exist_ok=True)
        book = renewed(language, template)
        (folder / "firstline.po").write_bytes(source_of(book))
        (folder / "firstline.mo").write_bytes(compiled(language))
        for message in book:
            if message.id and not is_translated(message):
                untranslated += 1
                print(f"{language}: no words yet for {message.id!r}")
    print(f"{len(template)} sentences in {len(TRANSLATED)} languages beside English")
    return 1 if untranslated else 0


if __name__ == "__main__":
    sys.exit(main())

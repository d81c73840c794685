"""Short replies in the light of the question just asked: "nah", "the second one", "7"."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from bot.knowledge.concepts import Assertion, Finding, Question

SHORT = 6
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|ya|yea|aye|sure|correct|true|right|definitely|absolutely|it does|i do|they do|it is|of course|"
    r"si|a (?:bit|little)|sometimes|often|a lot|always|mostly|ok|okay|indeed|certainly|exactly|i think so|affirmative)\b"
    # "Right leg only", "a little toe pain": that names a place.
    r"(?!\s+(?:foot|feet|legs?|heels?|toes?|ankles?|arch|soles?|big|little|hips?|calf|knees?|side|one)\b)"
)
_NO = re.compile(
    r"^\W*(?:(?:ok|okay|well|um+|oh|er+|hmm+)\W+)?(?:no|nah|nope|non|not|never|none|nothing|nowt|neither|negative|it doesn'?t|it does not|i don'?t|don'?t think so|no way|zero|stays put|not that)\b"
)
_DONT_KNOW = re.compile(
    r"^\W*(?:(?:i )?don'?t (?:really )?know|dunno|no idea|not sure|unsure|no clue|hard to say|can'?t say|cannot say|skip|pass|idk|who knows|next|(?:i'?d |i would )?(?:rather|prefer) not|"
    r"(?:i )?(?:don'?t|do not) (?:really )?(?:want to|wanna|wish to|care to|feel like) (?:say|answer|tell|talk|go into|share)\w*|"
    r"i am not sure|i'm not sure|im not sure)\b"
)

# "No feeling there" and "no control" open like a no, and are none: only these speak of all that was asked.
_NO_TO_ALL = re.compile(
    r"^\W*(?:(?:no|nope|nah)\W+)?(?:none of (?:it|that|this|those|these|them)|nothing like (?:that|this)|"
    r"no (?:illness(?:es)?|conditions?|tablets|pills|medicines?|medication|meds))\b"
    r"(?!.*\b(?:but|actually|though|except|only|just|well|yes|still|apart)\b)"
)
# These say how an answer is meant, and the rest of the filling nothing at all.
_MEANT = {"it", "is", "was", "its", "definitely", "mostly", "mainly", "probably"}
_FILLING = _MEANT | {"the", "a", "my", "one"}


def says_yes(text: str) -> bool:
    """Whether a reply (lower case) opens with a yes."""
    return bool(_YES.match(text)) and not _NO.match(text) and not _DONT_KNOW.match(text)


def says_no(text: str) -> bool:
    """Whether a reply (lower case) opens with a no."""
    return bool(_NO.match(text)) and not _DONT_KNOW.match(text)


def says_no_to_all(text: str) -> bool:
    """Whether a reply (lower case), however long, denies all that was asked."""
    return bool(_NO_TO_ALL.match(text))


def says_dont_know(text: str) -> bool:
    """Whether a reply (lower case) leaves the question open."""
    return bool(_DONT_KNOW.match(text))


def told_by(tell: str, words: str = "") -> Finding:
    """Return the finding that a choice tells: "no back_pain.current" is a denial."""
    denied = tell.startswith("no ")
    return Finding(tell.removeprefix("no "), Assertion.ABSENT if denied else Assertion.PRESENT, words=words)


def chosen(question: Question, text: str) -> list[Finding]:
    """Return what a reply tells that is nothing but the first words of one choice: "both" of "Both together".

    "Probably sciatica", "it was numb" and "diabetes?" say how it is meant, too.
    """
    reply = text.lower().strip()
    says_more = "?" in reply or not _MEANT.isdisjoint(reply.split())
    begun = None if says_more or len(reply.split()) > SHORT else _begun(question, reply)
    return [] if begun is None else [told_by(tell, text) for tell in question.options[begun].tells]


def answer_findings(question: Question, text: str) -> list[Finding]:
    """Return what a short reply tells by itself: a choice on a button, a plain yes or no."""
    reply = text.lower().strip()
    option = _option(question, reply)
    if option is not None:
        return [told_by(tell, text) for tell in question.options[option].tells]
    if says_no(reply) and len(reply.split()) <= SHORT:
        return [told_by(tell, text) for tell in question.no]
    if says_yes(reply) and len(reply.split()) <= SHORT:
        return [told_by(tell, text) for tell in question.yes]
    return []


def _option(question: Question, reply: str) -> int | None:
    """The choice that a reply names, nearly to the letter."""
    labels = [option.label.lower() for option in question.options]
    if not labels or len(reply.split()) > SHORT:
        return None
    best = process.extractOne(reply, labels, scorer=fuzz.ratio, score_cutoff=88)
    return best[2] if best else _begun(question, reply)


def _begun(question: Question, reply: str) -> int | None:
    """The one choice whose first words the reply names: "the back" for "Back first"."""
    words = [word for word in re.findall(r"\w+", reply) if word not in _FILLING]
    labels = [option.label.lower().split() for option in question.options]
    begun = [place for place, label in enumerate(labels) if words and label[: len(words)] == words]
    return begun[0] if len(begun) == 1 else None

"""Find the clinicians' terms in a message.

A term is lower-case words: `tingl*` any word that begins so, `(a|b c)` alternatives, `?word`
optional, `...` up to four other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.knowledge.concepts import Concept

GAP = 4
_PIECES = re.compile(r"\??\([^()]*\)|\S+")
_WORD = re.compile(r"[\w']+")
# Words of one term may be parted by a space, a hyphen or a slash, never by a full stop.
_BETWEEN = r"[ \-/]+"


class TermError(ValueError):
    """A term that cannot be read; names the concept and the term."""


@dataclass(frozen=True)
class Match:
    """Where a concept's term stands in a text, in characters."""

    concept: str
    start: int
    end: int
    term: str


def choices(term: str) -> Iterator[tuple[list[list[str]], bool]]:
    """Yield each piece of a term as its alternatives (lists of words) and whether it may be left out."""
    for piece in _PIECES.findall(term):
        optional = piece.startswith("?") and len(piece) > 1
        inner = piece.removeprefix("?") if optional else piece
        options = inner[1:-1].split("|") if inner.startswith("(") else [inner]
        yield [option.split() for option in options if option.split()], optional


def _word_regex(word: str) -> str:
    exact = "".join("'?" if c == "'" else re.escape(c) for c in word.rstrip("*"))
    return exact + (r"[\w']*" if word.endswith("*") else "")


def term_regex(term: str) -> re.Pattern[str]:
    """Return the regular expression of a term, to be matched where a word begins."""
    expression = ""
    for place, (options, optional) in enumerate(choices(term)):
        if options == [["..."]]:
            expression += rf"(?:{_BETWEEN}[\w']+){{0,{GAP}}}?"
            continue
        words = "|".join(_BETWEEN.join(_word_regex(word) for word in option) for option in options)
        joined = f"(?:{words})" if place == 0 else f"(?:{_BETWEEN}(?:{words}))"
        expression += f"{joined}?" if optional else joined
    return re.compile(rf"{expression}(?![\w'])")


def first_words(term: str) -> set[str]:
    """Return the words (some ending in *) with which a term may begin."""
    first: set[str] = set()
    for options, optional in choices(term):
        first.update(option[0] for option in options)
        if not optional:
            break
    return first


class Lexicon:
    """All concepts' terms, found by the word they begin with."""

    def __init__(self, concepts: Mapping[str, Concept]) -> None:
        self.words: set[str] = set()
        self._by_word: dict[str, list[tuple[str, str, re.Pattern[str]]]] = {}
        self._by_start: dict[str, list[tuple[str, str, re.Pattern[str]]]] = {}
        for concept in concepts.values():
            for term in concept.terms:
                self._add(concept.id, term)
        self._lengths = sorted({len(start) for start in self._by_start})

    def _add(self, concept: str, term: str) -> None:
        pieces = list(choices(term))
        if not pieces or any(pieces[end][0] == [["..."]] for end in (0, -1)):
            raise TermError(f"{concept}: the term {term!r} must begin and end in a word.")
        entry = (concept, term, term_regex(term))
        for word in first_words(term):
            bare = word.rstrip("*").replace("'", "")
            (self._by_start if word.endswith("*") else self._by_word).setdefault(bare, []).append(entry)
        for options, _ in pieces:
            self.words.update(w for option in options for w in option if w.isalpha() and len(w) > 4)

    def find(self, text: str) -> list[Match]:
        """Return every place where lower-case `text` names a concept, the longest for each start."""
        found: list[Match] = []
        for word in _WORD.finditer(text):
            best: dict[str, Match] = {}
            for concept, term, pattern in self._candidates(word[0].replace("'", "")):
                match = pattern.match(text, word.start())
                if match and (concept not in best or best[concept].end < match.end()):
                    best[concept] = Match(concept, match.start(), match.end(), term)
            found += best.values()
        return found

    def _candidates(self, word: str) -> Iterator[tuple[str, str, re.Pattern[str]]]:
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            yield from self._by_start.get(word[:length], ()) if length <= len(word) else ()


class Speller:
    """Mend a word that is no English word but close to one of the lexicon's."""

    # Of eleven letters, two may be wrong; of six, one.
    SIMILAR = 0.8

    def __init__(self, wanted: Iterable[str], known: Iterable[str]) -> None:
        self._known = set(known)
        self._wanted = sorted(set(wanted))
        self._by_letter: dict[str, list[str]] = {}
        for word in self._wanted:
            self._by_letter.setdefault(word[0], []).append(word)
        self._mended: dict[str, str] = {}

    def mend(self, text: str) -> str:
        """Return `text` with misspelt health words put right."""
        return re.sub(r"[A-Za-z]{5,20}", lambda match: self._word(match[0]), text)

    def _word(self, word: str) -> str:
        lower = word.lower()
        if lower in self._known or lower in self._by_letter.get(lower[0], ()):
            return word
        if lower not in self._mended:
            if len(self._mended) > 10_000:
                self._mended.clear()
            best = process.extractOne(
                lower,
                self._by_letter.get(lower[0], ()),
                scorer=DamerauLevenshtein.normalized_similarity,
                score_cutoff=self.SIMILAR,
            )
            self._mended[lower] = best[0] if best else lower
        mended = self._mended[lower]
        return word if mended == lower else mended

"""One conversation, three channels: the same words and the same choices, each in the channel's own form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rasa.shared.nlu.training_data.entities_parser import replace_entities

from tests.conversations.test_recorded import stories
from tests.conversations.trio import Trio


def recorded() -> Iterator[tuple[str, list[str]]]:
    """Yield what people write and press in the recorded conversations."""
    for story in stories():
        yield story["story"], [step["user"].strip() for step in story["steps"] if "user" in step]


RECORDED = dict(recorded())


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_conversation_goes_the_same_way_in_every_channel(name: str, trio: Trio):
    for said in RECORDED[name]:
        if not said.startswith("/"):
            trio.says(" ".join(replace_entities(said).split()))
        elif title := next((t for t, payload in trio.web.buttons.items() if payload == said), None):
            trio.presses(title)

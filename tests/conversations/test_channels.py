"""The recorded conversations in three channels: the same words and choices, each in the channel's own form."""

from __future__ import annotations

import pytest

from tests.conversations.live import Assistant, Visitor
from tests.conversations.recorded import Talk, play, talks
from tests.conversations.trio import Trio


@pytest.mark.parametrize("talk", talks(), ids=lambda talk: talk.name)
def test_a_recorded_conversation_goes_the_same_way_in_every_channel(
    talk: Talk, trio: Trio, assistant: Assistant
):
    wrong = play(talk, Visitor(assistant, trio))

    assert wrong is None, wrong

"""The one reader of the tracker, and the way to the knowledge tables."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge.concepts import Finding, Knowledge, Region
from bot.knowledge.store import KnowledgeStore
from bot.reasoning.cards import Reply
from bot.reasoning.conversation import Conversation, Turn, read_conversation, story_of
from bot.settings import Settings


@dataclass(frozen=True)
class Scene:
    """What an action looks at: the conversation, its story, and what we know."""

    conversation: Conversation
    story: dict[str, Finding]
    knowledge: Knowledge
    region: Region
    stage: str | None

    @property
    def latest(self) -> Turn:
        """What the person said last."""
        return self.conversation.turns[-1]


@lru_cache(maxsize=1)
def store() -> KnowledgeStore:
    """Return the process's way to the knowledge tables."""
    return KnowledgeStore(Settings.from_environment().database_url)


async def scene(tracker: Tracker) -> Scene:
    """Read the tracker, and the knowledge from its tables, off the event loop."""
    knowledge = await asyncio.get_running_loop().run_in_executor(None, store().read_or_last)
    conversation = read_conversation(tracker.events)
    return Scene(
        conversation=conversation,
        story=story_of(conversation.turns, knowledge.questions),
        knowledge=knowledge,
        region=knowledge.regions[_region(tracker) or Settings.from_environment().region],
        stage=tracker.get_slot("stage"),
    )


def _region(tracker: Tracker) -> str:
    """Return where the person's page says they live; the channel's guard knows the region."""
    metadata = tracker.latest_message.get("metadata") or {}
    return str(metadata.get("region") or "")


def say(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Hand a reply over to Rasa."""
    dispatcher.utter_message(text=reply["text"], buttons=reply["buttons"], json_message=reply["custom"])

"""Rasa graph components: Rasa's words come in, ours go through, Rasa's go out."""

"""How people say it."""

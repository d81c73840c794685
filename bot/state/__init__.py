"""What the assistant keeps: conversations in a database, and what server processes share in Redis."""

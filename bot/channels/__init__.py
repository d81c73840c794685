"""The doors: web, and what all doors share."""

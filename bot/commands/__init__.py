"""What `python -m bot` can do, one module a command."""

"""The HTTP door: the Bot API for a bot in another process, and the page for people."""

"""The Bot API: its methods, and what it takes and refuses."""

"""The team: who coordinates and administers, how people are invited to it, and how they leave it."""

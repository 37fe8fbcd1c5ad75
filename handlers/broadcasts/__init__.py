"""Broadcasts as coordinators see them: composed, approved, watched, and read."""

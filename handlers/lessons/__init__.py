"""Lessons learned: read, found, offered, reviewed, tried elsewhere, and sent to every subscribed council."""

from handlers.lessons.listing import lessons
from handlers.lessons.offering import offer
from handlers.lessons.reading import say_lesson
from handlers.lessons.sharing import CORRECT, SHARE, correct, share, texts

__all__ = ["CORRECT", "SHARE", "correct", "lessons", "offer", "say_lesson", "share", "texts"]

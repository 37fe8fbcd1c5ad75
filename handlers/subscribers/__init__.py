"""Chats as subscribers: what each receives and when; groups, which their administrators set up."""

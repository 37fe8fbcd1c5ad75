"""`make bench`: what the bot reaches, beside its goals and another way to do it, measured in one run."""

"""A small Telegram in memory: the Bot API's rules, and a web page to chat with the bot; no token needed."""

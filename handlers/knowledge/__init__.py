"""The knowledge as coordinators manage it in the chat."""

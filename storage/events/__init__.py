"""Forums and meetings in the database."""

"""Forums and meetings, from the announcement to what came of them."""

"""Forums and meetings: announced, registered for, reminded of, held and reported."""

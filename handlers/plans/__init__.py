"""Action plans: written by the people of a council, asked about after each day, seen by coordinators."""

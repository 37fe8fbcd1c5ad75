"""Pictures for a phone, in Khmer where the machine has a Khmer font."""

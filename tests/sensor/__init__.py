"""The sensors as a user finds them."""

"""What is claimed, measured again."""

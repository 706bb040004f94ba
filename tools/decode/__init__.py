"""What bytes of a meter mean: `scripts/decode`."""

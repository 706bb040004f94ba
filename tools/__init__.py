"""What people run: decode, simulate, develop, fuzz and mutate."""

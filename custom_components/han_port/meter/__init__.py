"""One meter: its state, what follows from it, and what is stored of it. Knows no source and no entity."""

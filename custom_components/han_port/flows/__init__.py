"""The steps of the dialogs, and what they ask and hear."""

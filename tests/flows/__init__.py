"""The dialogs, gone through step by step."""

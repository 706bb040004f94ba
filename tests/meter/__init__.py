"""One meter in a real Home Assistant: its tariff, its fuse and charger, its statistics, and what it stores."""

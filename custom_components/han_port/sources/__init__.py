"""Where readings come from: lines, their addresses and settings, and why one fails. Knows no meter."""

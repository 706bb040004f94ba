"""Where readings come from: a line against real sockets and pseudo-terminals, and a USB reader that moves."""

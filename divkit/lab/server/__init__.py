"""The server: it listens, checks and passes on; what is calculated is in visitors' processes."""

"""Live servers in this process: the shop is served, requested and observed here."""

"""Clients: who they are, how they are reached, what is open with them, and who of them is calling."""

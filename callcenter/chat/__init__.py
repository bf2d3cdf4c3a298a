"""What colleagues wrote to each other, and hands that are up: tables of it, and reading them."""

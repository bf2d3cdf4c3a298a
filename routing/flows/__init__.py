"""What happens to a caller before and around the queue: pure."""

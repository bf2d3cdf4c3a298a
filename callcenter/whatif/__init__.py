"""What would have been, or would be: scenarios and yesterday's calls through the real engine."""

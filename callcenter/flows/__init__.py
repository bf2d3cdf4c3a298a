"""Flows, opening hours and prompts as they are kept and written; ``routing.flows`` says what they mean."""

"""The real engine on a virtual clock: what would become of these calls with these agents and this plan."""

"""Call scripts that branch on answers, kept in versions; the answers and the notes so far of a call."""

"""What was measured, for people who would rather look than read."""

"""How fast, how late, how alike."""

"""Learn, draw, write and follow palettes, by which games and cartoons are segmented."""

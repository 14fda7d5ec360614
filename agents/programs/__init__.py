"""Real agent programs: `table` lists them, `runner` runs one, the rest is how each of them talks."""

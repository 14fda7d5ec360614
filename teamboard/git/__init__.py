"""Everything that talks to git: one hardened call, the board's stores, the upstream, diffs. Knows no Django."""

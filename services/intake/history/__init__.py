"""Takes complaints of the past over from other systems' records: `linli replay` (DESIGN §2.11)."""

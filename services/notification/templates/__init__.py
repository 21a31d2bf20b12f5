"""What is said to people, in Chinese and English: data only. `wording.py` reads and fills it."""

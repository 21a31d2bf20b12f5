"""The sample of the embedded installation: a group of six estates and a few dozen complaints, through the public interface.

Only the first accounts are written directly, because nobody could sign in to create them.
"""

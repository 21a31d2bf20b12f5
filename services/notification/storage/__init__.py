"""Tables and queries of notification, a file for each subject. Everything that grows is read through an index.

What residents own is read within `scope`, the path of the caller's subtree; what lies outside does not exist for him.
"""

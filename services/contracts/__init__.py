"""Every event of Linli: names, versions, schemas, who publishes and who consumes, and how states merge.

This folder knows marshmallow and the standard library, nothing else. To add an event, add its schema in the file of its
publisher and its row in `table.py`: topology, permissions, documents and tests follow from the table.
"""

"""Private servers that Linli starts by itself: PostgreSQL (embedded mode, tests) and RabbitMQ (tests).

Laws of this folder (DESIGN §3): a server listens on 127.0.0.1 or a private socket only, keeps everything in
its own folder, is reached with a generated password only, is stopped with us, and is adopted or restarted
after a crash. As root no mode, user or file outside our own folders is changed.
"""

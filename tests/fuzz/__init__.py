"""Every reader of what strangers send, fed by a fuzzer that coverage guides (atheris).

``python -m tests.fuzz TARGET`` runs one; what it finds interesting is kept in ``.cache/fuzz`` and
begins the next run. ``corpus/TARGET/`` has a small kept part, which the tests replay.
"""

"""An installed app that tells which modules a served process has loaded.

`JOBSMITH_APPS=tests.support.witness` and `TEST_WITNESS=<folder>`: after each request a process
writes its modules to ``<folder>/<pid>.json``.
"""

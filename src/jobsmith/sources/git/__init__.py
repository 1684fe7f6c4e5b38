"""Git repositories: their addresses, and commits read from a server as plain files.

No ``git`` program is started. A throw-away child speaks to the server; objects are read as data,
so that hooks, filters, links and submodules of a repository stay without effect.
"""

"""Where job classes come from: folders and installed packages, their versions and what is in them.

Only the children started here import job code (`loader`); everything else handles files, digests
and the JSON that children print.
"""

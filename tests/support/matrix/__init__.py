"""The permission matrix: every route and method for each role and class of object.

`table` is what people edit: one line for each route. `oracle` computes what must come of it from
the rows that `world` made and the grants of `roles`, without asking the code under test.
"""

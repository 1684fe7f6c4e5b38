"""The GraphQL door: the records and verbs of the other doors, under the same rights.

It needs ``graphql-core`` (``pip install jobsmith[graphql]``) and is loaded when it is first used.
"""

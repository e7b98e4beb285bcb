"""Steps between versions of the schema, a module each: ``schema_3`` makes version 3 of version 2.

Versions are whole numbers in one line, so the number in the table `meta` says all that Alembic's own version
table would. A step is written in Alembic's operations, and never changes once it was released. New databases
are made of `tables` at once; a test proves that an upgraded one has the very same schema.
"""

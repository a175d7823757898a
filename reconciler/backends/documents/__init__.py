"""A record kept as documents where there is no database: immutable parts, and one head that is swapped."""

"""Where the outside meets the use cases: resolvers, the error table, and wiring."""

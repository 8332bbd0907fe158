"""The registry: which works there are, what is recorded of their rights, and an index in which they can be found."""

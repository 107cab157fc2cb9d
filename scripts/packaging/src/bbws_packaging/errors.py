class PackagingError(Exception):
    """A package cannot be built; the message says why and what to do, and is all a user needs."""

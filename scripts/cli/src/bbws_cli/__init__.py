"""The Site Management API on the command line, for support staff and for a first tour."""

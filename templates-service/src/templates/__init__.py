"""templates-service: the marketplace of site templates."""

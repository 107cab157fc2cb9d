"""sites-service: sites and their operations."""

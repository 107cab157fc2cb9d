"""plugins-service: the marketplace of vetted plugins, and plugins on sites."""
